package dev.tuneline.engine.generation;

import java.util.LinkedHashMap;
import java.util.Map;

/** The distribution that a sampling draws from. */
public final class SamplingDistribution {
  private SamplingDistribution() {}

  /**
   * The tokens that the filters of {@code sampling} leave of {@code logits} [vocab], penalties
   * already applied, with their probabilities; the temperature must be positive.
   */
  public static Map<Integer, Double> of(float[] logits, Sampling sampling) {
    Candidates candidates = Candidates.of(logits, sampling, 0);
    Map<Integer, Double> probabilities = new LinkedHashMap<>();
    for (int i = 0; i < candidates.ids().length; i++) {
      probabilities.put(candidates.ids()[i], candidates.probabilities()[i]);
    }
    return probabilities;
  }
}
