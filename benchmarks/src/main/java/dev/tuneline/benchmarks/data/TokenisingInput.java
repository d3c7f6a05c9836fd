package dev.tuneline.benchmarks.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.benchmarks.Worker;
import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Questions and answers of the words of jieba's dictionary, as often as they are used there, and a
 * tokenizer of 32,000 tokens in Qwen's layout that was trained on them.
 *
 * @param conversations one question and its answer each
 * @param model a folder with the tokenizer and a template
 */
record TokenisingInput(List<List<ChatMessage>> conversations, Path model) {
  private static final int CONVERSATIONS = 6_000;
  private static final int TOKENS = 32_000;
  private static final int WORDS_BETWEEN_MARKS = 9;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TEMPLATE =
      """
      {% for message in messages %}{{'<|im_start|>' + message['role'] + '
      ' + message['content'] + '<|im_end|>' + '
      '}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
      ' }}{% endif %}\
      """;

  /**
   * Makes the input.
   *
   * @param peer trains the tokenizer, unless an earlier run left one
   */
  static TokenisingInput make(Path scratch, @Nullable Worker peer) throws IOException {
    List<List<ChatMessage>> conversations = written();
    Path model = Files.createDirectories(scratch.resolve("tokenizer-32k"));
    if (!Files.exists(model.resolve("tokenizer.json"))) {
      if (peer == null) {
        throw Problem.caller("NO_PEER", "the tokenizer is trained by the peer's Python")
            .mend("name it with --peer-python once; the tokenizer is kept");
      }
      List<String> texts = new ArrayList<>();
      for (List<ChatMessage> turns : conversations.subList(0, CONVERSATIONS / 3)) {
        turns.forEach(turn -> texts.add(turn.content()));
      }
      Path file = write(texts, scratch.resolve("training.jsonl"));
      peer.ask(
          Map.of(
              "do",
              "tokenizer",
              "texts",
              file.toString(),
              "tokens",
              TOKENS,
              "model",
              model.toString()));
    }
    Files.writeString(
        model.resolve("tokenizer_config.json"),
        JSON.writeValueAsString(
            Map.of(
                "eos_token",
                "<|im_end|>",
                "pad_token",
                "<|endoftext|>",
                "chat_template",
                TEMPLATE)));
    Files.writeString(model.resolve("config.json"), "{\"model_type\": \"qwen2\"}");
    return new TokenisingInput(conversations, model);
  }

  /** Writes one JSON string a line. */
  static Path write(List<String> texts, Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String text : texts) {
      lines.add(JSON.writeValueAsString(text));
    }
    return Files.write(file, lines);
  }

  private static List<List<ChatMessage>> written() throws IOException {
    List<String> words = new ArrayList<>();
    List<Long> counts = new ArrayList<>();
    try (InputStream in =
        Objects.requireNonNull(TokenisingInput.class.getResourceAsStream("/dict.txt"))) {
      for (String line : new String(in.readAllBytes(), UTF_8).lines().toList()) {
        String[] parts = line.split(" ", -1);
        words.add(parts[0]);
        counts.add(Long.parseLong(parts[1]));
      }
    }
    long[] cumulative = counts.stream().mapToLong(Long::longValue).toArray();
    Arrays.parallelPrefix(cumulative, Long::sum);
    SplittableRandom random = new SplittableRandom(1);
    List<List<ChatMessage>> conversations = new ArrayList<>();
    for (int i = 0; i < CONVERSATIONS; i++) {
      conversations.add(
          List.of(
              ChatMessage.user(text(words, cumulative, random, length(random, 3, 5, 200))),
              ChatMessage.assistant(
                  text(words, cumulative, random, length(random, 4.4, 10, 600)))));
    }
    return conversations;
  }

  /** Log-normal. */
  private static int length(SplittableRandom random, double mean, int least, int most) {
    return (int) Math.clamp(Math.exp(mean + 0.7 * random.nextGaussian()), least, most);
  }

  private static String text(
      List<String> words, long[] cumulative, SplittableRandom random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i <= length; i++) {
      int at = Arrays.binarySearch(cumulative, random.nextLong(cumulative[cumulative.length - 1]));
      text.append(words.get(at < 0 ? -at - 1 : at + 1));
      if (i % WORDS_BETWEEN_MARKS == 0) {
        text.append(random.nextInt(3) == 0 ? "。" : "，");
      }
    }
    return text.append(random.nextInt(1_000)).append("。").toString();
  }
}
