package dev.tuneline.datasets.build;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first of all entries with equal keys, by rank and then by number, in bounded memory:
 * what does not fit is sorted in files. Keys are compared by 128 bits of their SHA-256. For one
 * thread.
 */
final class Firsts implements AutoCloseable {
  /** The rank of entries all of which win, if there are any among those of a key. */
  static final long ALL_WIN = Long.MIN_VALUE;

  private static final int USUAL_ENTRIES = 1 << 19;

  private record Entry(long high, long low, long rank, long number) {
    boolean hasKeyOf(Entry other) {
      return high == other.high && low == other.low;
    }
  }

  private static final Comparator<Entry> ORDER =
      Comparator.comparingLong(Entry::high)
          .thenComparingLong(Entry::low)
          .thenComparingLong(Entry::rank)
          .thenComparingLong(Entry::number);

  private final Path folder;
  private final Entry[] held;
  private final List<Path> runs = new ArrayList<>();
  private final MessageDigest sha256;
  private int count;

  /**
   * @param folder where sorted parts are kept until closing
   */
  Firsts(Path folder) {
    this(folder, USUAL_ENTRIES);
  }

  /**
   * @param entries how many are held in memory, of some 50 bytes each
   */
  Firsts(Path folder, int entries) {
    this.folder = folder;
    this.held = new Entry[entries];
    try {
      this.sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /**
   * Adds an entry.
   *
   * @param rank the smallest wins
   * @param number different for each entry, below 2^31; of equal ranks the smallest wins
   */
  void add(String key, long rank, long number) {
    if (number > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("too many entries");
    }
    if (count == held.length) {
      spill();
    }
    ByteBuffer digest = ByteBuffer.wrap(sha256.digest(key.getBytes(UTF_8)));
    held[count++] = new Entry(digest.getLong(), digest.getLong(), rank, number);
  }

  /** The numbers of the entries that win. */
  BitSet winners() {
    Arrays.sort(held, 0, count, ORDER);
    PriorityQueue<Run> queue =
        new PriorityQueue<>(Comparator.comparing((Run run) -> run.entry, ORDER));
    List<Run> open = new ArrayList<>();
    try {
      for (Path run : runs) {
        Run opened = new Run(run);
        open.add(opened);
        opened.advance(queue);
      }
      return winners(queue);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      open.forEach(Run::close);
    }
  }

  private BitSet winners(PriorityQueue<Run> queue) throws IOException {
    BitSet winners = new BitSet();
    Entry first = null;
    int i = 0;
    while (i < count || !queue.isEmpty()) {
      Run run = queue.peek();
      Entry next;
      if (run == null || (i < count && ORDER.compare(held[i], run.entry) < 0)) {
        next = held[i++];
      } else {
        next = run.entry;
        queue.remove();
        run.advance(queue);
      }
      boolean wins =
          first == null
              || !next.hasKeyOf(first)
              || (first.rank() == ALL_WIN && next.rank() == ALL_WIN);
      if (wins) {
        winners.set((int) next.number());
        first = next;
      }
    }
    return winners;
  }

  private void spill() {
    Arrays.sort(held, 0, count, ORDER);
    try {
      Path run = Files.createTempFile(folder, "firsts-", "");
      runs.add(run);
      try (DataOutputStream out =
          new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(run)))) {
        for (int i = 0; i < count; i++) {
          out.writeLong(held[i].high());
          out.writeLong(held[i].low());
          out.writeLong(held[i].rank());
          out.writeLong(held[i].number());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    count = 0;
  }

  @Override
  public void close() {
    for (Path run : runs) {
      try {
        Files.deleteIfExists(run);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A sorted file and its next entry. */
  private static final class Run {
    private final DataInputStream in;
    private Entry entry = new Entry(0, 0, 0, 0);

    Run(Path file) throws IOException {
      this.in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)));
    }

    void advance(PriorityQueue<Run> queue) throws IOException {
      Entry next = read();
      if (next != null) {
        entry = next;
        queue.add(this);
      }
    }

    private @Nullable Entry read() throws IOException {
      try {
        return new Entry(in.readLong(), in.readLong(), in.readLong(), in.readLong());
      } catch (EOFException e) {
        return null;
      }
    }

    void close() {
      try {
        in.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
