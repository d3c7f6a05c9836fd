package dev.tuneline.platform.examples.repeats;

import dev.tuneline.platform.examples.spill.RecordSort;
import dev.tuneline.platform.examples.spill.Records;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;

/** Finds questions that have more than one answer, by digests. For one thread. */
public final class Conflicts implements AutoCloseable {
  private static final int NUMBER = Long.BYTES;
  private static final int ANSWER = NUMBER + Integer.BYTES;
  private static final int RECORD_BYTES = ANSWER + Long.BYTES;

  /**
   * What was found.
   *
   * @param questions how many have more than one answer
   * @param firsts the first example that asks each, by its number
   * @param others the others that ask it
   */
  public record Found(int questions, BitSet firsts, BitSet others) {}

  private final RecordSort asked;

  public Conflicts(int memoryBytes, Path folder) {
    this.asked = new RecordSort(RECORD_BYTES, memoryBytes, folder);
  }

  /** Adds an example; numbers are given in the examples' order. */
  public void add(int number, long question, long answer) {
    asked.add(
        ByteBuffer.allocate(RECORD_BYTES).putLong(question).putInt(number).putLong(answer).array());
  }

  /** Finds them; called once. */
  public Found find() {
    BitSet firsts = new BitSet();
    BitSet others = new BitSet();
    Records sorted = asked.sorted();
    long question = 0;
    long answer = 0;
    boolean differs = false;
    int[] members = new int[8];
    int count = 0;
    for (byte[] bytes = sorted.next(); ; bytes = sorted.next()) {
      ByteBuffer each = bytes == null ? null : ByteBuffer.wrap(bytes);
      if (each == null || count == 0 || each.getLong(0) != question) {
        if (differs) {
          firsts.set(members[0]);
          for (int i = 1; i < count; i++) {
            others.set(members[i]);
          }
        }
        if (each == null) {
          break;
        }
        question = each.getLong(0);
        answer = each.getLong(ANSWER);
        differs = false;
        count = 0;
      }
      if (count == members.length) {
        members = Arrays.copyOf(members, 2 * count);
      }
      members[count++] = each.getInt(NUMBER);
      differs |= each.getLong(ANSWER) != answer;
    }
    return new Found(firsts.cardinality(), firsts, others);
  }

  @Override
  public void close() {
    asked.close();
  }
}
