package dev.tuneline.engine.generation;

import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.errors.Problem;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One completion to generate.
 *
 * @param prompt may be shared by several requests, whose sequences one thread steps
 * @param maxNewTokens most tokens generated, the one that ends the turn included; 0 reads the
 *     prompt if its log-probabilities are wanted and does nothing else
 * @param eosIds ids that end the turn
 * @param stops strings that end it; needs a text stream, see {@link Generator#start}
 * @param topLogProbs how many alternatives to report per token; -1 for no log-probabilities at all
 */
public record GenerationRequest(
    Prompt prompt,
    Sampling sampling,
    int maxNewTokens,
    Set<Integer> eosIds,
    List<String> stops,
    int topLogProbs) {
  /** The most alternatives that can be asked for. */
  public static final int MAX_TOP_LOG_PROBS = 20;

  public GenerationRequest {
    eosIds = Set.copyOf(eosIds);
    stops = List.copyOf(stops);
    require("max_new_tokens", maxNewTokens >= 0, "must not be negative");
    require("stop", stops.stream().noneMatch(String::isEmpty), "must not be empty");
    requireTop("top_logprobs", topLogProbs);
  }

  /** A greedy request without stop strings. */
  public static GenerationRequest greedy(
      int[] prompt, @Nullable Adaptation adaptation, int maxNewTokens, Set<Integer> eosIds) {
    return new GenerationRequest(
        Prompt.of(prompt, adaptation), Sampling.GREEDY, maxNewTokens, eosIds, List.of(), -1);
  }

  /** The same but for how tokens are chosen. */
  public GenerationRequest with(Sampling sampling) {
    return new GenerationRequest(prompt, sampling, maxNewTokens, eosIds, stops, topLogProbs);
  }

  static void requireTop(String field, int count) {
    require(
        field, count >= -1 && count <= MAX_TOP_LOG_PROBS, "must be at most " + MAX_TOP_LOG_PROBS);
  }

  private static void require(String field, boolean valid, String what) {
    if (!valid) {
      throw Problem.caller("MALFORMED_REQUEST", field + " " + what).at(Problem.FIELD, field);
    }
  }
}
