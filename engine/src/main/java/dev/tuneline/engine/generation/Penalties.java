package dev.tuneline.engine.generation;

import dev.tuneline.errors.Problem;

/**
 * How much a token loses for having occurred already.
 *
 * @param repetition CTRL's factor (Keskar et al. 2019) over prompt and generated tokens: positive
 *     logits are divided by it, negative ones multiplied; 1 for none
 * @param presence subtracted once from the logit of a token that was generated; 0 for none
 * @param frequency subtracted as often as the token was generated; 0 for none
 */
public record Penalties(double repetition, double presence, double frequency) {
  public static final Penalties NONE = new Penalties(1, 0, 0);

  public Penalties {
    require("repetition_penalty", repetition, repetition > 0 && repetition <= 100);
    require("presence_penalty", presence, Math.abs(presence) <= 100);
    require("frequency_penalty", frequency, Math.abs(frequency) <= 100);
  }

  /** CTRL's factor alone. */
  public static Penalties repetition(double factor) {
    return new Penalties(factor, 0, 0);
  }

  private static void require(String field, double value, boolean valid) {
    if (!valid) {
      throw Problem.caller("MALFORMED_REQUEST", field + " = " + value + " is out of range")
          .at(Problem.FIELD, field);
    }
  }
}
