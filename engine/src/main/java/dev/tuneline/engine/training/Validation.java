package dev.tuneline.engine.training;

import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.TokenScore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How well a model foretells examples that are not trained on.
 *
 * @param loss mean over all label tokens
 * @param accuracy part of the label tokens that are the likeliest where they stand
 * @param labelTokens how many there were
 */
public record Validation(double loss, double accuracy, int labelTokens) {
  /** Computes it without dropout and without gradients, {@code batchSize} examples at a time. */
  public static Validation of(
      BaseModel base,
      @Nullable Adaptation adaptation,
      List<TrainingExample> examples,
      int batchSize) {
    return of(base, adaptation, examples, batchSize, new RotarySpan(base.shape(), 0));
  }

  static Validation of(
      BaseModel base,
      @Nullable Adaptation adaptation,
      List<TrainingExample> examples,
      int batchSize,
      RotarySpan span) {
    ExampleChecks.require(examples, base.shape(), adaptation);
    double sum = 0;
    long hits = 0;
    int tokens = 0;
    for (int from = 0; from < examples.size(); from += batchSize) {
      List<TrainingExample> some =
          examples.subList(from, Math.min(examples.size(), from + batchSize));
      LabelledBatch batch = LabelledBatch.of(some, adaptation, span);
      TokenScore score = batch.score(base);
      sum += score.loss();
      hits += score.hits();
      tokens += batch.targets().size();
    }
    return new Validation(sum / tokens, (double) hits / tokens, tokens);
  }
}
