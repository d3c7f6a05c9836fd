package dev.tuneline.benchmarks.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.benchmarks.Bench;
import dev.tuneline.benchmarks.Benchmark;
import dev.tuneline.benchmarks.Figure;
import dev.tuneline.benchmarks.Goal;
import dev.tuneline.benchmarks.Medians;
import dev.tuneline.benchmarks.Worker;
import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.chat.ExampleEncoder;
import dev.tuneline.engine.chat.ExampleEncoder.TrainedTurns;
import dev.tuneline.engine.shard.ShardWriter;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Conversations to a shard on all cores (template, tokens, labels, file), beside two peers that
 * only tokenise the rendered texts: the tokenizer's own batch encode, and {@code datasets.map} at
 * the better of one and two processes.
 */
final class ConversationsToShard implements Benchmark.Part {
  private static final int ROUNDS = 3;
  private static final int BATCH = 512;
  private static final int CUTOFF_TOKENS = 1 << 20;
  private static final double SAME_TOKENS = 1e-3;

  @Override
  public String name() {
    return "conversations to a shard";
  }

  @Override
  public List<Figure> measure(Bench bench) throws IOException {
    Path scratch = Files.createDirectories(bench.scratch().resolve("data"));
    try (Worker peer = bench.peer("data")) {
      TokenisingInput input = TokenisingInput.make(scratch, peer);
      try (Tokenizer tokenizer = Tokenizer.load(input.model())) {
        ChatTemplate template = ChatTemplate.load(input.model());
        Path texts =
            TokenisingInput.write(
                input.conversations().stream().map(turns -> template.render(turns, false)).toList(),
                scratch.resolve("texts.jsonl"));
        ExampleEncoder encoder = new ExampleEncoder(tokenizer, template, CUTOFF_TOKENS);
        List<Double> ours = new ArrayList<>();
        List<Double> encode = new ArrayList<>();
        List<Double> map = new ArrayList<>();
        double examples = input.conversations().size();
        encode(input, encoder, scratch); // warms up
        for (int round = 0; round < ROUNDS; round++) {
          long began = System.nanoTime();
          long tokens = encode(input, encoder, scratch);
          ours.add(examples / ((System.nanoTime() - began) / 1e9));
          if (peer != null) {
            encode.add(examples / seconds(peer, "encode", texts, input.model(), tokens));
            map.add(examples / seconds(peer, "map", texts, input.model(), tokens));
          }
        }
        return List.of(
            figure("conversations to a shard, beside batch encode", ours, encode, ">= 0.8"),
            figure("conversations to a shard, beside datasets.map", ours, map, ">= 1.3"));
      }
    }
  }

  private static long encode(TokenisingInput input, ExampleEncoder encoder, Path scratch) {
    Path file = scratch.resolve("shard.safetensors");
    try (ShardWriter writer = new ShardWriter(file)) {
      for (int from = 0; from < input.conversations().size(); from += BATCH) {
        int to = Math.min(from + BATCH, input.conversations().size());
        List<EncodedExample> encoded =
            input.conversations().subList(from, to).parallelStream()
                .map(turns -> encoder.conversation(turns, TrainedTurns.LAST))
                .toList();
        encoded.forEach(writer::add);
      }
      writer.finish(Map.of());
      return writer.tokens();
    }
  }

  private static double seconds(Worker peer, String what, Path texts, Path model, long ours) {
    JsonNode answer =
        peer.ask(Map.of("do", what, "texts", texts.toString(), "model", model.toString()));
    long tokens = answer.get("tokens").longValue();
    if (Math.abs(tokens - ours) > SAME_TOKENS * tokens) {
      throw Problem.ours(
          "PEER_DISAGREES", "ours makes %d tokens, the peer %d".formatted(ours, tokens), null);
    }
    return answer.get("seconds").doubleValue();
  }

  private static Figure figure(String name, List<Double> ours, List<Double> peer, String goal) {
    return new Figure(
        name, Medians.of(ours, peer.isEmpty() ? null : peer), "examples/s", Goal.of(goal));
  }
}
