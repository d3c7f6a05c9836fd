package dev.tuneline.engine.precision;

import dev.tuneline.errors.Problem;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How a base model's weights are held; activations, norms, biases and adapters are fp32. */
public enum Precision {
  /** Everything in fp32, 4 bytes a weight; the only one whose weights can be trained. */
  FP32,
  /**
   * Projections and token embeddings in bf16, 2 bytes a weight. Their inputs are rounded to bf16
   * too and summed up in fp32, as the processor's bf16 instructions do.
   */
  BF16,
  /**
   * The projections of the blocks in 4 bits (QLoRA, Dettmers et al. 2023), 0.52 bytes a weight, and
   * multiplied as fp32; token embeddings and LM head in fp32, as in bitsandbytes.
   */
  NF4;

  /**
   * The one called {@code name}, in any case.
   *
   * @throws Problem UNKNOWN_PRECISION
   */
  public static Precision named(String name) {
    return Arrays.stream(values())
        .filter(p -> p.label().equals(name.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                Problem.caller("UNKNOWN_PRECISION", "precision \"" + name + "\" is not known")
                    .at(Problem.FIELD, "precision")
                    .mend("use one of " + labels()));
  }

  /** Its name in settings and jobs. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static List<String> labels() {
    return Arrays.stream(values()).map(Precision::label).toList();
  }
}
