package dev.tuneline.engine.generation;

import dev.tuneline.errors.Problem;
import java.util.Map;

/**
 * How the next token is chosen, in the order of transformers' processors: logit bias, penalties,
 * temperature, top-k, top-p, min-p.
 *
 * @param temperature 0 chooses the likeliest token
 * @param topK candidates kept; 0 for all
 * @param topP smallest probability mass kept; 1 for all
 * @param minP share of the likeliest candidate's probability that a candidate needs; 0 for all
 * @param logitBias what is added to the logits of these token ids
 * @param seed of this request's own random numbers
 */
public record Sampling(
    double temperature,
    int topK,
    double topP,
    double minP,
    Penalties penalties,
    Map<Integer, Float> logitBias,
    long seed) {
  /** The likeliest token each time. */
  public static final Sampling GREEDY = new Sampling(0, 0, 1, 0, Penalties.NONE, Map.of(), 0);

  public Sampling {
    require("temperature", temperature, temperature >= 0 && temperature <= 100);
    require("top_k", topK, topK >= 0);
    require("top_p", topP, topP > 0 && topP <= 1);
    require("min_p", minP, minP >= 0 && minP <= 1);
    logitBias = Map.copyOf(logitBias);
    logitBias.forEach((_, bias) -> require("logit_bias", bias, Math.abs(bias) <= 1_000));
  }

  /** Drawing from all tokens, with {@code seed}. */
  public static Sampling at(double temperature, long seed) {
    return new Sampling(temperature, 0, 1, 0, Penalties.NONE, Map.of(), seed);
  }

  /** The same among fewer candidates. */
  public Sampling among(int topK, double topP, double minP) {
    return new Sampling(temperature, topK, topP, minP, penalties, logitBias, seed);
  }

  public Sampling with(Penalties penalties) {
    return new Sampling(temperature, topK, topP, minP, penalties, logitBias, seed);
  }

  public Sampling withLogitBias(Map<Integer, Float> logitBias) {
    return new Sampling(temperature, topK, topP, minP, penalties, logitBias, seed);
  }

  public Sampling withSeed(long seed) {
    return new Sampling(temperature, topK, topP, minP, penalties, logitBias, seed);
  }

  private static void require(String field, double value, boolean valid) {
    if (!valid) {
      throw Problem.caller("MALFORMED_REQUEST", field + " = " + value + " is out of range")
          .at(Problem.FIELD, field);
    }
  }
}
