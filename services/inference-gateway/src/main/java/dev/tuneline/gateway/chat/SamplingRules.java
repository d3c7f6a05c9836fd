package dev.tuneline.gateway.chat;

import dev.tuneline.engine.generation.Sampling;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.SamplingOptions;
import java.util.List;

/**
 * How a request's options and the base model's defaults make the rule by which tokens are chosen.
 */
final class SamplingRules {
  private static final double MAX_TEMPERATURE = 2;
  private static final double MAX_PENALTY = 10;
  private static final int MAX_STOPS = 4;
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
    double penalty =
        options.hasRepetitionPenalty()
            ? options.getRepetitionPenalty()
            : defaults.repetitionPenalty();
    require(
        temperature >= 0 && temperature <= MAX_TEMPERATURE,
        "temperature",
        temperature,
        "use 0 (greedy) to " + MAX_TEMPERATURE);
    require(topP >= 0 && topP <= 1, "top_p", topP, "use 0 to 1");
    require(topK >= 0, "top_k", topK, "use 0 (no limit) or more");
    require(
        penalty > 0 && penalty <= MAX_PENALTY,
        "repetition_penalty",
        penalty,
        "use more than 0 (1 is none), at most " + MAX_PENALTY);
    require(options.getMaxTokens() >= 0, "max_tokens", options.getMaxTokens(), "use 0 or more");
    return new Sampling(
        temperature,
        topK,
        Math.max(topP, LIKELIEST_ONLY),
        penalty,
        options.hasSeed() ? options.getSeed() : seed);
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

  private static void require(boolean holds, String field, Number value, String mend) {
    if (!holds) {
      throw Problem.caller("INVALID_SAMPLING", field + " is " + value)
          .at(Problem.FIELD, field)
          .mend(mend);
    }
  }
}
