package dev.tuneline.datasets.build;

import java.io.IOException;
import java.util.BitSet;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Takes a given number of a source's examples in their order: all of them as often as it fits, and
 * the rest by selection sampling (Knuth, volume 2, algorithm S). For one thread.
 */
final class Taking implements AutoCloseable {
  /**
   * The source's examples.
   *
   * @param firsts the numbers of the examples that repeat no earlier one, or null: none does
   * @param offset the number of the source's first example
   */
  record Supply(
      SourceRecipe source, Spool spool, @Nullable BitSet firsts, int offset, Account account) {
    /** How many there are, without repetitions. */
    long available() {
      return firsts == null
          ? spool.count()
          : firsts.get(offset, offset + (int) spool.count()).cardinality();
    }
  }

  private final Supply supply;
  private final Rejections rejections;
  private final Random random;
  private final long available;
  private final long wholePasses;
  private final long sampled;
  private Spool.@Nullable Reading reading;
  private long pass;
  private int number;
  private long seen;
  private long drawn;
  private long left;

  Taking(Supply supply, long wanted, Random random, Rejections rejections) {
    this.supply = supply;
    this.rejections = rejections;
    this.random = random;
    this.available = supply.available();
    this.wholePasses = available == 0 ? 0 : wanted / available;
    this.sampled = available == 0 ? 0 : wanted % available;
    this.left = available == 0 ? 0 : wanted;
  }

  /** How many are still to be taken. */
  long left() {
    return left;
  }

  /** The next example's line of JSON. After the last, null, and what was not taken is accounted. */
  @Nullable String next() throws IOException {
    while (true) {
      if (reading == null) {
        if (pass > 0 && left == 0) {
          return null;
        }
        reading = supply.spool().read();
        number = 0;
        seen = 0;
        drawn = 0;
      }
      Spool.Item item = reading.next();
      if (item == null) {
        reading.close();
        reading = null;
        pass++;
      } else if (takes(item)) {
        left--;
        supply.account().written();
        if (pass > 0) {
          supply.account().repeated();
        }
        return item.json();
      }
    }
  }

  private boolean takes(Spool.Item item) {
    BitSet firsts = supply.firsts();
    if (firsts != null && !firsts.get(supply.offset() + number++)) {
      drop(item, "DUPLICATE");
      return false;
    }
    if (pass < wholePasses) {
      return true;
    }
    boolean taken = random.nextLong(available - seen++) < sampled - drawn;
    if (taken) {
      drawn++;
    } else {
      drop(item, "NOT_SAMPLED");
    }
    return taken;
  }

  private void drop(Spool.Item item, String reason) {
    if (pass == 0) {
      supply.account().dropped(reason);
      rejections.add(supply.source(), item.line(), "", reason, "");
    }
  }

  @Override
  public void close() throws IOException {
    if (reading != null) {
      reading.close();
    }
  }
}
