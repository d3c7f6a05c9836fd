package dev.tuneline.preprocess.shard;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.engine.shard.ShardWriter;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.ExampleFile;
import dev.tuneline.preprocess.shard.TextModels.TextModel;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import dev.tuneline.proto.v1.SplitShards;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Makes the shard of a split for one base model and cutoff. The same examples, tokenizer, template
 * and cutoff give the same shard, byte for byte.
 *
 * @param cancellation looked at between batches
 */
record SplitTokenising(
    ArtifactStore artifacts, TextModel model, int cutoffTokens, Cancellation cancellation) {
  /** To be changed with what becomes of equal examples, so that older shards are not taken. */
  private static final int ENCODING = 1;

  private static final int BATCH_EXAMPLES = 512;
  private static final int BATCH_CHARACTERS = 4 << 20;

  /** SHA-256 of all that the split's shard depends on, 64 lower-case hexadecimal digits. */
  String key(SplitExamples split) {
    String all =
        String.join(
            "\n",
            "shard " + ENCODING,
            split.getSplit().name(),
            split.getFile().getSha256(),
            model.tokenizer().digest(),
            model.template().digest(),
            Integer.toString(cutoffTokens));
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(all.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /**
   * The split's shard, stored.
   *
   * @throws Problem of the caller when the train split cannot teach
   */
  SplitShards tokenise(SplitExamples split) throws IOException {
    Path folder = Files.createTempDirectory("tuneline-shard-");
    Path file = folder.resolve("shard.safetensors");
    try (ShardWriter writer = new ShardWriter(file);
        InputStream examples = artifacts.open(split.getFile())) {
      SplitEncoding encoding = new SplitEncoding(model, cutoffTokens, writer);
      encode(ExampleFile.open(examples), encoding);
      if (split.getSplit() == Split.SPLIT_TRAIN) {
        encoding.requireTrainable(cutoffTokens);
      }
      writer.finish(
          Map.of(
              "tokenizer",
              model.tokenizer().digest(),
              "template",
              model.template().digest(),
              "cutoff_tokens",
              Integer.toString(cutoffTokens)));
      return SplitShards.newBuilder()
          .setSplit(split.getSplit())
          .setExamples(writer.examples())
          .setTokens(writer.tokens())
          .setTrainedTokens(writer.trainedTokens())
          .setTruncatedExamples(encoding.truncated())
          .setLeftOutExamples(encoding.leftOut())
          .setDividedTexts(encoding.divided())
          .setKey(key(split))
          .setFile(artifacts.put(file, "application/vnd.safetensors"))
          .build();
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(folder);
    }
  }

  private void encode(ExampleFile examples, SplitEncoding encoding) {
    List<Example> batch = new ArrayList<>();
    long characters = 0;
    for (Example example = examples.next(); example != null; example = examples.next()) {
      batch.add(example);
      characters += example.messages().stream().mapToLong(turn -> turn.content().length()).sum();
      if (batch.size() == BATCH_EXAMPLES || characters >= BATCH_CHARACTERS) {
        if (cancellation.isCancelled()) {
          throw Problem.ours("CANCELLED", "tokenising was cancelled", null);
        }
        encoding.addAll(batch);
        batch.clear();
        characters = 0;
      }
    }
    encoding.addAll(batch);
  }
}
