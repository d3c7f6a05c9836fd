package dev.tuneline.gateway.chat;

import dev.tuneline.engine.generation.Penalties;
import dev.tuneline.engine.generation.Sampling;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.SamplingOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How a request's options and the base model's defaults make the rule by which tokens are chosen.
 */
final class SamplingRules {
  private static final double MAX_TEMPERATURE = 2;
  private static final double MAX_REPETITION_PENALTY = 10;
  private static final double MAX_PENALTY = 2;
  private static final double MAX_BIAS = 100;
  private static final int MAX_BIASES = 1_024;
  private static final int MAX_STOPS = 16;
  private static final int MAX_STOP_CHARS = 256;

  /** What top_p = 0, which OpenAI's clients may send, comes to. */
  private static final double LIKELIEST_ONLY = Double.MIN_NORMAL;

  private SamplingRules() {}

  /**
   * The rule of one answer.
   *
   * @param seed taken when the request gives none
   * @throws Problem INVALID_SAMPLING of the caller that names the field
   */
  static Sampling of(SamplingOptions options, Sampling defaults, long seed) {
    double temperature =
        options.hasTemperature() ? options.getTemperature() : defaults.temperature();
    double topP = options.hasTopP() ? options.getTopP() : defaults.topP();
    int topK = options.hasTopK() ? options.getTopK() : defaults.topK();
    double minP = options.hasMinP() ? options.getMinP() : defaults.minP();
    require(
        temperature >= 0 && temperature <= MAX_TEMPERATURE,
        "temperature",
        temperature,
        "use 0 (greedy) to " + MAX_TEMPERATURE);
    require(topP >= 0 && topP <= 1, "top_p", topP, "use 0 to 1");
    require(topK >= 0, "top_k", topK, "use 0 (no limit) or more");
    require(minP >= 0 && minP <= 1, "min_p", minP, "use 0 (no limit) to 1");
    require(options.getMaxTokens() >= 0, "max_tokens", options.getMaxTokens(), "use 0 or more");
    return new Sampling(
        temperature,
        topK,
        Math.max(topP, LIKELIEST_ONLY),
        minP,
        penalties(options, defaults.penalties()),
        logitBias(options),
        options.hasSeed() ? options.getSeed() : seed);
  }

  private static Penalties penalties(SamplingOptions options, Penalties defaults) {
    double repetition =
        options.hasRepetitionPenalty() ? options.getRepetitionPenalty() : defaults.repetition();
    require(
        repetition > 0 && repetition <= MAX_REPETITION_PENALTY,
        "repetition_penalty",
        repetition,
        "use more than 0 (1 is none), at most " + MAX_REPETITION_PENALTY);
    requirePenalty("presence_penalty", options.getPresencePenalty());
    requirePenalty("frequency_penalty", options.getFrequencyPenalty());
    return new Penalties(repetition, options.getPresencePenalty(), options.getFrequencyPenalty());
  }

  private static void requirePenalty(String field, double value) {
    require(
        Math.abs(value) <= MAX_PENALTY, field, value, "use " + -MAX_PENALTY + " to " + MAX_PENALTY);
  }

  private static Map<Integer, Float> logitBias(SamplingOptions options) {
    require(
        options.getLogitBiasCount() <= MAX_BIASES,
        "logit_bias",
        options.getLogitBiasCount() + " tokens",
        "give at most " + MAX_BIASES);
    Map<Integer, Float> biases = new HashMap<>();
    options
        .getLogitBiasMap()
        .forEach(
            (id, bias) -> {
              require(
                  Math.abs(bias) <= MAX_BIAS,
                  "logit_bias",
                  bias + " for token " + id,
                  "use " + -MAX_BIAS + " to " + MAX_BIAS);
              biases.put(id, bias.floatValue());
            });
    return biases;
  }

  /** The request's stop strings, checked; INVALID_STOP of the caller else. */
  static List<String> stops(SamplingOptions options) {
    List<String> stops = options.getStopList();
    if (stops.size() > MAX_STOPS) {
      throw stop(stops.size() + " stop strings are too many", "give at most " + MAX_STOPS);
    }
    for (String text : stops) {
      if (text.isEmpty()) {
        throw stop("a stop string is empty", "leave it out");
      }
      if (text.length() > MAX_STOP_CHARS) {
        throw stop(
            "a stop string has " + text.length() + " characters",
            "give at most " + MAX_STOP_CHARS + " characters");
      }
    }
    return stops;
  }

  private static Problem stop(String message, String mend) {
    return Problem.caller("INVALID_STOP", message).at(Problem.FIELD, "stop").mend(mend);
  }

  private static void require(boolean holds, String field, Object value, String mend) {
    if (!holds) {
      throw Problem.caller("INVALID_SAMPLING", field + " is " + value)
          .at(Problem.FIELD, field)
          .mend(mend);
    }
  }
}
