package dev.tuneline.engine.generation;

import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.KeyValueCache;
import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one or several sequences go on from. Sequences of one prompt share its reading: as long as
 * one of them is open, the next begins with a copy of its cache.
 *
 * <p>Made anywhere, then used by the thread that steps its sequences.
 */
public final class Prompt {
  private final List<Integer> ids;
  private final @Nullable Adaptation adaptation;
  private final int topLogProbs;

  private final List<KeyValueCache> readers = new ArrayList<>();
  private List<TokenLogProb> logProbs = List.of();
  private float @Nullable [] logits;
  private int positions;

  /**
   * A prompt that nothing has read.
   *
   * @param ids token ids, at least one
   * @param adaptation the adapter to run with, null for the base model; must stay open until the
   *     end
   * @param topLogProbs how many alternatives to report for each of its tokens; -1 for no
   *     log-probabilities of it at all
   */
  public Prompt(List<Integer> ids, @Nullable Adaptation adaptation, int topLogProbs) {
    this.ids = List.copyOf(ids);
    this.adaptation = adaptation;
    this.topLogProbs = topLogProbs;
    if (ids.isEmpty()) {
      throw Problem.caller("MALFORMED_REQUEST", "prompt must hold a token")
          .at(Problem.FIELD, "prompt");
    }
    GenerationRequest.requireTop("prompt_logprobs", topLogProbs);
  }

  /** A prompt whose own log-probabilities nobody asks for. */
  public static Prompt of(int[] ids, @Nullable Adaptation adaptation) {
    return new Prompt(Arrays.stream(ids).boxed().toList(), adaptation, -1);
  }

  public List<Integer> ids() {
    return ids;
  }

  /** Number of its tokens. */
  public int size() {
    return ids.size();
  }

  public @Nullable Adaptation adaptation() {
    return adaptation;
  }

  public int topLogProbs() {
    return topLogProbs;
  }

  /** Once read, if it asks for them: of all its tokens but the first, which nothing predicts. */
  public List<TokenLogProb> logProbs() {
    return logProbs;
  }

  /** A cache to go on from, for the caller to close; null when nobody open has read the prompt. */
  @Nullable KeyValueCache reading(int expectedTokens) {
    if (readers.isEmpty()) {
      return null;
    }
    return joined(readers.getFirst().fork(positions, positions + expectedTokens));
  }

  /** Takes note that {@code cache} holds the prompt, and nothing more yet. */
  void read(KeyValueCache cache, float[] logitsAfter, List<TokenLogProb> own) {
    positions = cache.length();
    logits = logitsAfter.clone();
    logProbs = List.copyOf(own);
    joined(cache);
  }

  private KeyValueCache joined(KeyValueCache cache) {
    readers.add(cache);
    return cache;
  }

  /** Takes note that {@code cache} is about to be closed. */
  void leaves(KeyValueCache cache) {
    readers.remove(cache);
  }

  /** A copy of the logits after the last token, once read. */
  float[] logits() {
    if (logits == null) {
      throw new IllegalStateException("the prompt was not read");
    }
    return logits.clone();
  }
}
