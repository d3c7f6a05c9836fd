package dev.tuneline.gateway.chat;

import dev.tuneline.engine.generation.GenerationRequest;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.SamplingOptions;
import java.util.OptionalInt;

/**
 * What is wanted of the answers to a prompt, by whichever door it was asked.
 *
 * @param n how many; of one seed, the i-th takes {@code seed + i}
 * @param topLogProbs how many alternatives come with each token; empty for no log-probabilities
 * @param echo whether the prompt comes first
 * @param promptOnly whether nothing is generated
 */
public record AnswerOptions(
    SamplingOptions sampling, int n, OptionalInt topLogProbs, boolean echo, boolean promptOnly) {
  /** The most answers to one prompt. */
  public static final int MAX_ANSWERS = 8;

  /** The most alternatives to one token. */
  public static final int MAX_TOP_LOG_PROBS = GenerationRequest.MAX_TOP_LOG_PROBS;

  /** Checks every bound; INVALID_VALUE of the caller names the field. */
  public AnswerOptions {
    require(n >= 1 && n <= MAX_ANSWERS, "n", n, "use 1 to " + MAX_ANSWERS);
    int top = topLogProbs.orElse(0);
    require(
        top >= 0 && top <= MAX_TOP_LOG_PROBS, "top_logprobs", top, "use 0 to " + MAX_TOP_LOG_PROBS);
    if (promptOnly && !echo) {
      throw Problem.caller("INVALID_VALUE", "neither a completion nor the prompt is wanted")
          .at(Problem.FIELD, "prompt_only")
          .mend("ask for the prompt with echo, or for a completion");
    }
  }

  /** One answer, just its text. */
  public static AnswerOptions one(SamplingOptions sampling) {
    return new AnswerOptions(sampling, 1, OptionalInt.empty(), false, false);
  }

  /** What the i-th answer takes. */
  SamplingOptions sampling(int index) {
    return sampling.hasSeed()
        ? sampling.toBuilder().setSeed(sampling.getSeed() + index).build()
        : sampling;
  }

  private static void require(boolean holds, String field, int value, String mend) {
    if (!holds) {
      throw Problem.caller("INVALID_VALUE", field + " is " + value + ", out of range")
          .at(Problem.FIELD, field)
          .mend(mend);
    }
  }
}
