package dev.tuneline.engine.training;

import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A loss over examples that are not trained on.
 *
 * @param loss mean over all label tokens
 * @param labelTokens how many there were
 */
public record Validation(double loss, int labelTokens) {
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
    int tokens = 0;
    for (int from = 0; from < examples.size(); from += batchSize) {
      List<TrainingExample> some =
          examples.subList(from, Math.min(examples.size(), from + batchSize));
      LabelledBatch batch = LabelledBatch.of(some, adaptation, span);
      try (var _ = GradientMode.off();
          var _ = new Scope()) {
        sum += Tensors.only(batch.lossSum(base));
      }
      tokens += batch.targets().size();
    }
    return new Validation(sum / tokens, tokens);
  }
}
