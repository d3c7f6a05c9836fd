package dev.tuneline.engine.arch.block;

import java.util.ArrayList;
import java.util.List;

/** The slopes of attention with linear biases (Press et al. 2021). */
public final class AlibiSlopes {
  private AlibiSlopes() {}

  /**
   * One for each head: 2^(-8i/n) for a power of two n; beyond it, every other slope of twice as
   * many heads.
   */
  public static List<Float> of(int heads) {
    int power = Integer.highestOneBit(heads);
    List<Float> slopes = new ArrayList<>();
    for (int i = 1; i <= power; i++) {
      slopes.add(slope(power, i));
    }
    for (int i = 1; slopes.size() < heads; i += 2) {
      slopes.add(slope(2 * power, i));
    }
    return List.copyOf(slopes);
  }

  private static float slope(int heads, int head) {
    float base = (float) Math.pow(2, -8.0 / heads);
    return (float) Math.pow(base, head);
  }
}
