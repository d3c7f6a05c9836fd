package dev.tuneline.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
  private static float[] notAsked() {
    throw new AssertionError("the choice is clear");
  }

  @Test
  void biasComesBeforePenaltiesAndPenaltiesBeforeTemperature() {
    Sampling sampling =
        Sampling.GREEDY.with(new Penalties(2, 0.5, 0.25)).withLogitBias(Map.of(0, 3f, 1, -1f));
    Sampler sampler = new Sampler(sampling, List.of(0, 3));
    float[] logits = {5, 4, -1, -2};
    assertThat(sampler.next(logits, SamplerTest::notAsked)).isZero();
    assertThat(logits).containsExactly(4, 3, -1, -4); // (5 + 3) / 2, 4 - 1, -1, -2 * 2

    logits = new float[] {6, 4, -1, -2};
    assertThat(sampler.next(logits, SamplerTest::notAsked)).isZero();
    assertThat(logits).containsExactly(3.75f, 3, -1, -4); // (6 + 3) / 2 - 0.5 - 0.25

    logits = new float[] {6, 4.25f, -1, -2};
    assertThat(sampler.next(logits, SamplerTest::notAsked)).isEqualTo(0);
    assertThat(logits).containsExactly(3.5f, 3.25f, -1, -4); // twice now
  }

  @Test
  void presenceAndFrequencyCountGeneratedTokensOnly() {
    Sampling sampling = Sampling.GREEDY.with(new Penalties(1, 1, 2));
    Sampler sampler = new Sampler(sampling, List.of(0, 0, 0));
    float[] logits = {5, 1};
    assertThat(sampler.next(logits, SamplerTest::notAsked)).isZero();
    assertThat(logits).containsExactly(5, 1);
    logits = new float[] {5, 1};
    sampler.next(logits, SamplerTest::notAsked);
    assertThat(logits).containsExactly(2, 1);
    logits = new float[] {5, 1};
    assertThat(sampler.next(logits, SamplerTest::notAsked)).isEqualTo(1);
    assertThat(logits).containsExactly(0, 1);
  }

  @Test
  void minPKeepsWhatIsLikelyEnoughBesideTheLikeliest() {
    float[] logits = {0, (float) Math.log(0.5), (float) Math.log(0.11), (float) Math.log(0.09)};
    Candidates candidates = Candidates.of(logits, Sampling.at(1, 0).among(0, 1, 0.1), 0);
    assertThat(candidates.ids()).containsExactly(0, 1, 2);
    assertThat(candidates.probabilities()[1]).isEqualTo(0.5 / 1.61, within(1e-6));
    // After the temperature: 0.5 squared is 0.25, 0.11 squared is too little.
    assertThat(Candidates.of(logits, Sampling.at(0.5, 0).among(0, 1, 0.1), 0).ids())
        .containsExactly(0, 1);
  }

  @Test
  void filtersEqualSortingAllOfThem() {
    Random random = new Random(3);
    for (int round = 0; round < 200; round++) {
      float[] logits = logits(random, 500);
      int topK = random.nextInt(3) * random.nextInt(60);
      double topP = random.nextBoolean() ? 1 : 0.3 + 0.7 * random.nextDouble();
      double minP = random.nextBoolean() ? 0 : 0.2 * random.nextDouble();
      Sampling sampling = Sampling.at(0.3 + random.nextDouble(), 0).among(topK, topP, minP);
      assertThat(Candidates.of(logits, sampling, 0).ids())
          .as("%s", sampling)
          .containsExactly(bySorting(logits, sampling));
    }
  }

  private static int[] bySorting(float[] logits, Sampling sampling) {
    Integer[] order = new Integer[logits.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Float.compare(logits[b], logits[a]));
    int kept = sampling.topK() == 0 ? logits.length : sampling.topK();
    double sum = 0;
    for (int i = 0; i < kept; i++) {
      sum += Math.exp(logits[order[i]] / sampling.temperature());
    }
    double before = 0;
    Map<Integer, Double> left = new HashMap<>();
    for (int i = 0; i < kept && (before < sampling.topP() || sampling.topP() == 1); i++) {
      double p = Math.exp(logits[order[i]] / sampling.temperature()) / sum;
      before += p;
      left.put(order[i], p);
    }
    double likeliest = Objects.requireNonNull(left.get(order[0]));
    return left.entrySet().stream()
        .filter(e -> e.getValue() >= sampling.minP() * likeliest)
        .mapToInt(Map.Entry::getKey)
        .sorted()
        .toArray();
  }

  /** What makes one seed give the same tokens in every batch. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void logitsThatDifferByRoundingGiveTheSameTokensOrAreComputedAgain(int kind) {
    Random random = new Random(kind);
    int again = 0;
    for (int round = 0; round < 3_000; round++) {
      float[] logits = logits(random, 200);
      float scale = 0;
      for (float logit : logits) {
        scale = Math.max(scale, Math.abs(logit));
      }
      float largest = (float) (0.9 * Sampler.ROUNDING * Math.max(9, scale));
      float[] batched = logits.clone();
      for (int i = 0; i < batched.length; i++) {
        batched[i] += largest * (2 * random.nextFloat() - 1);
      }
      double temperature = 0.1 + random.nextDouble();
      Sampling sampling =
          switch (kind) {
            case 1 -> Sampling.GREEDY;
            case 2 -> Sampling.at(temperature, round);
            case 3 -> Sampling.at(temperature, round).among(20, 0.9, 0);
            default -> Sampling.at(temperature, round).among(0, 0.95, 0.05);
          };
      // Ties and near ties are where rounding decides.
      int first = random.nextInt(200);
      int second = random.nextInt(200);
      logits[first] = logits[second] = batched[first] = 9;
      batched[second] = 9 + largest;
      int[] asked = {0};
      int inBatch =
          new Sampler(sampling, List.of())
              .next(
                  batched,
                  () -> {
                    asked[0]++;
                    return logits.clone();
                  });
      again += asked[0];
      assertThat(inBatch)
          .isEqualTo(new Sampler(sampling, List.of()).next(logits.clone(), logits::clone));
    }
    assertThat(again).isGreaterThan(0).isLessThan(kind == 1 ? 3_001 : 300);
  }

  private static float[] logits(Random random, int count) {
    float[] logits = new float[count];
    for (int i = 0; i < count; i++) {
      logits[i] = (float) (3 * random.nextGaussian());
    }
    return logits;
  }
}
