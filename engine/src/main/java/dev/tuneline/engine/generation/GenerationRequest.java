package dev.tuneline.engine.generation;

import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.errors.Problem;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One completion to generate.
 *
 * @param prompt token ids, at least one
 * @param adaptation the adapter to run with, null for the base model; must stay open until the end
 * @param maxNewTokens most tokens generated, the one that ends the turn included
 * @param eosIds ids that end the turn
 * @param stops strings that end it; needs a text stream, see {@link Generator#start}
 * @param topLogProbs how many alternatives to report per token; -1 for no log-probabilities at all
 */
public record GenerationRequest(
    List<Integer> prompt,
    @Nullable Adaptation adaptation,
    Sampling sampling,
    int maxNewTokens,
    Set<Integer> eosIds,
    List<String> stops,
    int topLogProbs) {
  public GenerationRequest {
    prompt = List.copyOf(prompt);
    eosIds = Set.copyOf(eosIds);
    stops = List.copyOf(stops);
    require("prompt", !prompt.isEmpty(), "must hold a token");
    require("max_new_tokens", maxNewTokens > 0, "must be positive");
    require("stop", stops.stream().noneMatch(String::isEmpty), "must not be empty");
    require("top_logprobs", topLogProbs >= -1 && topLogProbs <= 20, "must be at most 20");
  }

  /** A greedy request without stop strings. */
  public static GenerationRequest greedy(
      int[] prompt, @Nullable Adaptation adaptation, int maxNewTokens, Set<Integer> eosIds) {
    return new GenerationRequest(
        Arrays.stream(prompt).boxed().toList(),
        adaptation,
        Sampling.GREEDY,
        maxNewTokens,
        eosIds,
        List.of(),
        -1);
  }

  private static void require(String field, boolean valid, String what) {
    if (!valid) {
      throw Problem.caller("MALFORMED_REQUEST", field + " " + what).at(Problem.FIELD, field);
    }
  }
}
