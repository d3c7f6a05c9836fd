package dev.tuneline.datasets;

import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.chat.ExampleEncoder;
import dev.tuneline.engine.chat.ExampleEncoder.TrainedTurns;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.platform.examples.Example;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** How long examples are in a base model's tokens, by its own chat template. */
final class TokenCounts implements AutoCloseable {
  private final Tokenizer tokenizer;
  private final ExampleEncoder encoder;
  private final int cutoff;
  private int[] lengths = new int[1 << 10];
  private int examples;
  private long trained;
  private long truncated;
  private long cutTokens;
  private long untrained;

  /**
   * @param model a base model's folder, of which only the tokenizer and the template are read
   * @param cutoff the most tokens of an example
   */
  TokenCounts(Path model, int cutoff) {
    ChatTemplate template = ChatTemplate.load(model);
    this.tokenizer = Tokenizer.load(model);
    this.encoder = new ExampleEncoder(tokenizer, template, cutoff);
    this.cutoff = cutoff;
  }

  void add(List<Example.Message> messages) {
    if (messages.getFirst().role().equals(Example.Message.TEXT)) {
      encoder.pieces(messages.getFirst().content()).forEach(this::add);
      return;
    }
    add(
        encoder.conversation(
            messages.stream()
                .map(message -> new ChatMessage(message.role(), message.content()))
                .toList(),
            TrainedTurns.LAST));
  }

  private void add(EncodedExample encoded) {
    if (examples == lengths.length) {
      lengths = Arrays.copyOf(lengths, 2 * lengths.length);
    }
    lengths[examples++] = encoded.length() + encoded.truncatedTokens();
    trained += encoded.trainedTokens();
    truncated += encoded.truncated() ? 1 : 0;
    cutTokens += encoded.truncatedTokens();
    untrained += encoded.trainedTokens() == 0 ? 1 : 0;
  }

  /**
   * What was counted.
   *
   * @param total tokens of all examples, before truncation
   * @param trained tokens that carry loss, after truncation
   * @param truncatedExamples examples that are longer than the cutoff
   * @param cutTokens tokens that truncation takes away
   * @param untrainedExamples examples of which truncation leaves nothing to learn
   */
  record Summary(
      int cutoff,
      long total,
      long trained,
      double mean,
      int median,
      int p95,
      int max,
      long truncatedExamples,
      long cutTokens,
      long untrainedExamples) {}

  Summary summary() {
    int[] sorted = Arrays.copyOf(lengths, examples);
    Arrays.sort(sorted);
    long total = Arrays.stream(sorted).asLongStream().sum();
    return new Summary(
        cutoff,
        total,
        trained,
        examples == 0 ? 0 : (double) total / examples,
        at(sorted, 0.5),
        at(sorted, 0.95),
        at(sorted, 1),
        truncated,
        cutTokens,
        untrained);
  }

  /** The smallest length that this part of all examples does not exceed. */
  private static int at(int[] sorted, double part) {
    return sorted.length == 0 ? 0 : sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)];
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
