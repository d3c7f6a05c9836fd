package dev.tuneline.platform.examples.spill;

import java.io.BufferedInputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sorts records of one width by their bytes, unsigned, in bounded memory: what does not fit is
 * sorted in runs, which wait in a file and are merged when they are read. For one thread.
 */
public final class RecordSort implements AutoCloseable {
  private static final int FIRST_RECORDS = 1 << 10;
  private static final int RUN_BUFFER_BYTES = 64 << 10;

  private record Run(long from, long until) {}

  private final int recordBytes;
  private final int maxRecords;
  private final Path folder;
  private final List<Run> runs = new ArrayList<>();
  private byte[] block;
  private int count;
  private long size;
  private @Nullable SpillFile file;

  /**
   * Nothing to sort yet.
   *
   * @param memoryBytes how much is held before a run is written
   * @param folder where runs wait
   */
  public RecordSort(int recordBytes, int memoryBytes, Path folder) {
    if (recordBytes < 1 || memoryBytes < recordBytes) {
      throw new IllegalArgumentException("not even one record fits");
    }
    this.recordBytes = recordBytes;
    // Each record costs its bytes and two numbers of the sort.
    this.maxRecords = Math.max(1, memoryBytes / (recordBytes + 2 * Integer.BYTES));
    this.folder = folder;
    this.block = new byte[Math.min(maxRecords, FIRST_RECORDS) * recordBytes];
  }

  /** How many records were added. */
  public long size() {
    return size;
  }

  /** Adds a copy of a record. */
  public void add(byte[] bytes) {
    if (bytes.length != recordBytes) {
      throw new IllegalArgumentException("a record has " + recordBytes + " bytes");
    }
    if (count == maxRecords) {
      spill();
    } else if ((long) count * recordBytes == block.length) {
      long larger = Math.min(2L * count, maxRecords);
      block = Arrays.copyOf(block, (int) (larger * recordBytes));
    }
    System.arraycopy(bytes, 0, block, count * recordBytes, recordBytes);
    count++;
    size++;
  }

  /** All records in their order; to be read once, and nothing may be added any more. */
  public Records sorted() {
    if (file == null) {
      int[] order = order();
      int[] at = new int[1];
      return () -> {
        if (at[0] == count) {
          return null;
        }
        int from = order[at[0]++] * recordBytes;
        return Arrays.copyOfRange(block, from, from + recordBytes);
      };
    }
    if (count > 0) {
      spill();
    }
    block = new byte[0];
    List<Records> sources = new ArrayList<>();
    for (Run run : runs) {
      sources.add(
          Records.of(
              new BufferedInputStream(file.stretch(run.from(), run.until()), RUN_BUFFER_BYTES),
              recordBytes));
    }
    return Records.merged(sources);
  }

  private void spill() {
    if (file == null) {
      file = new SpillFile(folder);
    }
    long from = file.size();
    for (int each : order()) {
      file.append(block, each * recordBytes, recordBytes);
    }
    runs.add(new Run(from, file.size()));
    count = 0;
  }

  /**
   * The numbers of the records in memory in the records' order, by merging ever longer stretches.
   */
  private int[] order() {
    int[] from = new int[count];
    for (int i = 0; i < count; i++) {
      from[i] = i;
    }
    int[] to = new int[count];
    for (int width = 1; width < count; width *= 2) {
      for (int low = 0; low < count; low += 2 * width) {
        merge(from, to, low, Math.min(low + width, count), Math.min(low + 2 * width, count));
      }
      int[] swapped = from;
      from = to;
      to = swapped;
    }
    return from;
  }

  private void merge(int[] from, int[] to, int low, int middle, int high) {
    if (middle == high || compare(from[middle - 1], from[middle]) <= 0) {
      System.arraycopy(from, low, to, low, high - low);
      return;
    }
    int left = low;
    int right = middle;
    for (int i = low; i < high; i++) {
      boolean takeLeft = right == high || (left < middle && compare(from[left], from[right]) <= 0);
      to[i] = takeLeft ? from[left++] : from[right++];
    }
  }

  private int compare(int one, int other) {
    int a = one * recordBytes;
    int b = other * recordBytes;
    return Arrays.compareUnsigned(block, a, a + recordBytes, block, b, b + recordBytes);
  }

  @Override
  public void close() {
    block = new byte[0];
    count = 0;
    if (file != null) {
      file.close();
    }
  }
}
