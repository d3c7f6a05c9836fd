package dev.tuneline.engine.generation;

import dev.tuneline.errors.Problem;

/**
 * How the next token is chosen, in the order of transformers' processors: repetition penalty,
 * temperature, top-k, top-p.
 *
 * @param temperature 0 chooses the likeliest token
 * @param topK candidates kept; 0 for all
 * @param topP smallest probability mass kept; 1 for all
 * @param repetitionPenalty CTRL's factor over prompt and generated tokens; 1 for none
 * @param seed of this request's own random numbers
 */
public record Sampling(
    double temperature, int topK, double topP, double repetitionPenalty, long seed) {
  /** The likeliest token each time. */
  public static final Sampling GREEDY = new Sampling(0, 0, 1, 1, 0);

  public Sampling {
    require("temperature", temperature, temperature >= 0 && temperature <= 100);
    require("top_k", topK, topK >= 0);
    require("top_p", topP, topP > 0 && topP <= 1);
    require(
        "repetition_penalty", repetitionPenalty, repetitionPenalty > 0 && repetitionPenalty <= 100);
  }

  /** Greedy but for the penalty. */
  public Sampling withRepetitionPenalty(double penalty) {
    return new Sampling(temperature, topK, topP, penalty, seed);
  }

  private static void require(String field, double value, boolean valid) {
    if (!valid) {
      throw Problem.caller("MALFORMED_REQUEST", field + " = " + value + " is out of range")
          .at(Problem.FIELD, field);
    }
  }
}
