package dev.tuneline.metrics.rouge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CommonSubsequenceTest {
  @Test
  void hasTheLengthThatTheTableSays() {
    Random random = new Random(5);
    for (int round = 0; round < 2000; round++) {
      int symbols = 1 + random.nextInt(round % 2 == 0 ? 4 : 200);
      int[] a = random.ints(random.nextInt(200), 0, symbols).toArray();
      int[] b = random.ints(random.nextInt(200), 0, symbols).toArray();

      assertThat(CommonSubsequence.length(a, b)).isEqualTo(byTable(a, b));
    }
  }

  @Test
  void crossesTheEdgeOfSixtyFourColumns() {
    for (int length : new int[] {63, 64, 65, 127, 128, 129}) {
      int[] same = new Random(length).ints(length, 0, 3).toArray();

      assertThat(CommonSubsequence.length(same, same)).isEqualTo(length);
    }
  }

  private static int byTable(int[] a, int[] b) {
    int[][] lengths = new int[a.length + 1][b.length + 1];
    for (int i = 1; i <= a.length; i++) {
      for (int j = 1; j <= b.length; j++) {
        lengths[i][j] =
            a[i - 1] == b[j - 1]
                ? lengths[i - 1][j - 1] + 1
                : Math.max(lengths[i - 1][j], lengths[i][j - 1]);
      }
    }
    return lengths[a.length][b.length];
  }
}
