package dev.tuneline.engine.training;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.errors.Problem;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * An optimizer's settings.
 *
 * @param learningRate peak rate, before the schedule
 * @param beta1 of ADAMW, as are {@code beta2} and {@code epsilon}
 * @param maxGradNorm clipping bound of the gradients' L2 norm; 0 for none
 */
public record OptimizerSpec(
    Kind kind,
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double maxGradNorm) {
  /** How gradients become updates. */
  public enum Kind {
    /** Two moments of each parameter's size. */
    ADAMW,
    /** One moment, of a matrix only the means of its rows and columns: next to no memory. */
    ADAFACTOR;

    private List<String> names() {
      return switch (this) {
        case ADAMW ->
            List.of(
                "adamw_torch",
                "adamw_torch_fused",
                "adamw_torch_xla",
                "adamw_torch_npu_fused",
                "adamw_hf",
                "adamw");
        case ADAFACTOR -> List.of("adafactor");
      };
    }

    /** The name in TrainingArguments' {@code optim}. */
    public String label() {
      return names().getFirst();
    }

    /**
     * The kind of a name of {@code optim}.
     *
     * @throws Problem OPTIMIZER_NOT_SUPPORTED
     */
    public static Kind named(String name) {
      return Arrays.stream(values())
          .filter(kind -> kind.names().contains(name))
          .findFirst()
          .orElseThrow(
              () ->
                  Problem.caller("OPTIMIZER_NOT_SUPPORTED", "there is no optimizer " + name)
                      .at(Problem.FIELD, "optim")
                      .mend(
                          "use one of "
                              + Arrays.stream(values())
                                  .flatMap(kind -> kind.names().stream())
                                  .toList()));
    }
  }

  public OptimizerSpec {
    require("learning_rate", learningRate, learningRate > 0 && learningRate <= 1);
    require("adam_beta1", beta1, beta1 >= 0 && beta1 < 1);
    require("adam_beta2", beta2, beta2 >= 0 && beta2 < 1);
    require("adam_epsilon", epsilon, epsilon > 0);
    require("weight_decay", weightDecay, weightDecay >= 0 && weightDecay < 1);
    require("max_grad_norm", maxGradNorm, maxGradNorm >= 0);
  }

  /** AdamW. */
  public OptimizerSpec(
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      double maxGradNorm) {
    this(Kind.ADAMW, learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm);
  }

  /** Hugging Face's defaults at a given peak rate. */
  public static OptimizerSpec adamW(double learningRate) {
    return new OptimizerSpec(learningRate, 0.9, 0.999, 1e-8, 0, 1);
  }

  /** An optimizer of {@code parameters} before its first update. */
  Optimizer start(Map<String, PtNDArray> parameters) {
    return switch (kind) {
      case ADAMW -> new AdamW(this, parameters);
      case ADAFACTOR -> new Adafactor(this, parameters);
    };
  }

  private static void require(String field, double value, boolean valid) {
    if (!valid) {
      throw Problem.caller("MALFORMED_TRAINING", field + " = " + value + " is out of range")
          .at(Problem.FIELD, field);
    }
  }
}
