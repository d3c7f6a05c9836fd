package dev.tuneline.platform.examples.repeats;

import dev.tuneline.platform.examples.spill.RecordSort;
import dev.tuneline.platform.examples.spill.Records;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds train examples that share text with held-out ones: that ask the same, punctuation aside, or
 * have an n-gram in common. An n-gram that more than ten train examples hold is a common phrase, as
 * a salutation or a template is, and no leak (Brown et al. 2020, Language Models are Few-Shot
 * Learners, appendix C).
 *
 * <p>All held-out examples are added first. Memory is bounded: a filter passes over nearly all
 * n-grams that nothing shares, the rest are sorted in files. For one thread.
 */
public final class Leakage implements AutoCloseable {
  private static final int MAX_HOLDERS = 10;
  private static final int RECORD_BYTES = Long.BYTES + Integer.BYTES;
  private static final long QUESTION = 0x7175_6573_7469_6f6eL;

  /**
   * What was found, by the examples' numbers.
   *
   * @param questions train examples that ask what a held-out one asks
   * @param grams other train examples that share an n-gram with a held-out one
   */
  public record Found(BitSet questions, BitSet grams) {}

  private final int n;
  private final RecordSort heldOut;
  private final RecordSort train;
  private final long[] filter;
  private boolean filtering;

  /**
   * @param n tokens of an n-gram
   * @param memoryBytes for each of three things that are held
   */
  public Leakage(int n, int memoryBytes, Path folder) {
    this.n = n;
    this.heldOut = new RecordSort(Long.BYTES, memoryBytes, folder);
    this.train = new RecordSort(RECORD_BYTES, memoryBytes, folder);
    this.filter = new long[Integer.highestOneBit(Math.max(1, memoryBytes / Long.BYTES))];
  }

  /**
   * Adds an example of another split than train.
   *
   * @param question tokens of what is asked
   * @param all tokens of question and answer
   */
  public void addHeldOut(long[] question, long[] all) {
    if (filtering) {
      throw new IllegalStateException("held-out examples come first");
    }
    if (question.length > 0) {
      hold(key(question));
    }
    for (long gram : grams(all)) {
      hold(gram);
    }
  }

  /** Adds a train example. */
  public void addTrain(int number, long[] question, long[] all) {
    filtering = true;
    if (question.length > 0) {
      ask(key(question), number, true);
    }
    for (long gram : grams(all)) {
      ask(gram, number, false);
    }
  }

  /** Finds the leaks; called once. */
  public Found find() {
    BitSet questions = new BitSet();
    BitSet grams = new BitSet();
    Records left = heldOut.sorted();
    Records right = train.sorted();
    byte @Nullable [] held = left.next();
    byte @Nullable [] asked = right.next();
    int[] holders = new int[MAX_HOLDERS];
    while (asked != null) {
      long gram = ByteBuffer.wrap(asked).getLong();
      while (held != null && Long.compareUnsigned(ByteBuffer.wrap(held).getLong(), gram) < 0) {
        held = left.next();
      }
      boolean shared = held != null && ByteBuffer.wrap(held).getLong() == gram;
      int count = 0;
      while (asked != null && ByteBuffer.wrap(asked).getLong() == gram) {
        int number = ByteBuffer.wrap(asked).getInt(Long.BYTES);
        if (number < 0 && shared) {
          questions.set(~number);
        } else if (number >= 0 && count++ < MAX_HOLDERS) {
          holders[count - 1] = number;
        }
        asked = right.next();
      }
      if (shared && count <= MAX_HOLDERS) {
        for (int i = 0; i < count; i++) {
          grams.set(holders[i]);
        }
      }
    }
    grams.andNot(questions);
    return new Found(questions, grams);
  }

  private long[] grams(long[] tokens) {
    return tokens.length < n ? new long[0] : NGrams.of(tokens, n);
  }

  private static long key(long[] question) {
    return Hashes.mix(NGrams.digest(question) ^ QUESTION);
  }

  private void hold(long gram) {
    heldOut.add(ByteBuffer.allocate(Long.BYTES).putLong(gram).array());
    filter[word(gram)] |= bits(gram);
  }

  private void ask(long gram, int number, boolean question) {
    long bits = bits(gram);
    if ((filter[word(gram)] & bits) == bits) {
      train.add(
          ByteBuffer.allocate(RECORD_BYTES)
              .putLong(gram)
              .putInt(question ? ~number : number)
              .array());
    }
  }

  private int word(long gram) {
    return (int) (gram >>> 32) & (filter.length - 1);
  }

  /** Two bits of a word of the filter, from hash bits that do not choose the word. */
  private static long bits(long gram) {
    return 1L << (gram & 63) | 1L << (gram >>> 6 & 63);
  }

  @Override
  public void close() {
    heldOut.close();
    train.close();
  }
}
