package dev.tuneline.benchmarks.training;

import dev.tuneline.engine.training.TrainingExample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Examples of random tokens. How often a token comes follows Zipf's law, as words do, so that there
 * is something to learn.
 */
final class RandomText {
  private static final int SHORTEST = 20;
  private static final int LONGEST = 600;
  private static final double PROMPT = 0.6;

  private final SplittableRandom random;
  private final double[] cumulative;

  RandomText(int vocabulary, long seed) {
    random = new SplittableRandom(seed);
    cumulative = new double[vocabulary];
    double sum = 0;
    for (int i = 0; i < vocabulary; i++) {
      sum += 1.0 / (i + 1);
      cumulative[i] = sum;
    }
  }

  /** Examples of one length, the first half of each masked. */
  List<TrainingExample> equallyLong(int examples, int length) {
    List<TrainingExample> list = new ArrayList<>();
    for (int i = 0; i < examples; i++) {
      list.add(example(length, length / 2));
    }
    return list;
  }

  /**
   * A set for supervised tuning: lengths log-normal, 20 and 600 tokens being two standard
   * deviations off and the bounds; 60 % of each are the prompt, which is masked.
   */
  List<TrainingExample> supervised(int examples) {
    double mean = (Math.log(SHORTEST) + Math.log(LONGEST)) / 2;
    double deviation = (Math.log(LONGEST) - Math.log(SHORTEST)) / 4;
    List<TrainingExample> list = new ArrayList<>();
    while (list.size() < examples) {
      long length = Math.round(Math.exp(mean + deviation * random.nextGaussian()));
      if (length >= SHORTEST && length <= LONGEST) {
        list.add(example((int) length, (int) Math.round(PROMPT * length)));
      }
    }
    return list;
  }

  private TrainingExample example(int length, int masked) {
    int[] ids = new int[length];
    for (int i = 0; i < length; i++) {
      double drawn = random.nextDouble(cumulative[cumulative.length - 1]);
      int at = Arrays.binarySearch(cumulative, drawn);
      ids[i] = Math.min(cumulative.length - 1, at < 0 ? -at - 1 : at + 1);
    }
    return TrainingExample.of(Arrays.copyOf(ids, masked), Arrays.copyOfRange(ids, masked, length));
  }
}
