package dev.tuneline.engine.shard;

import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.tensor.DType;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.errors.Problem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;

/**
 * The tokenised examples of one split, mapped from a file; see {@link ShardWriter} for the format.
 *
 * <p>Any number of threads may read it until {@link #close}.
 */
public final class Shard implements AutoCloseable {
  static final String FORMAT = "tuneline.shard.v1";
  static final String INPUT_IDS = "input_ids";
  static final String LABELS = "labels";
  static final String LENGTHS = "lengths";
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final SafetensorsFile file;
  private final MemorySegment inputIds;
  private final MemorySegment labels;
  private final long[] offsets;
  private final int longest;

  private Shard(SafetensorsFile file) {
    this.file = file;
    this.inputIds = ints(INPUT_IDS);
    this.labels = ints(LABELS);
    MemorySegment lengths = ints(LENGTHS);
    int examples = Math.toIntExact(lengths.byteSize() / Integer.BYTES);
    this.offsets = new long[examples + 1];
    int max = 0;
    for (int i = 0; i < examples; i++) {
      int length = lengths.get(INT, (long) i * Integer.BYTES);
      if (length < 0) {
        throw malformed("example " + i + " has a negative length");
      }
      offsets[i + 1] = offsets[i] + length;
      max = Math.max(max, length);
    }
    this.longest = max;
    if (offsets[examples] != tokens() || inputIds.byteSize() != labels.byteSize()) {
      throw malformed("lengths, input_ids and labels do not fit together");
    }
  }

  /**
   * Maps a shard and checks that its parts fit together.
   *
   * @throws Problem MALFORMED_SHARD or MALFORMED_SAFETENSORS when they do not
   */
  public static Shard open(Path path) {
    SafetensorsFile file = SafetensorsFile.open(path);
    try {
      return new Shard(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** How many examples there are. */
  public int examples() {
    return offsets.length - 1;
  }

  /** How many tokens all examples have together. */
  public long tokens() {
    return inputIds.byteSize() / Integer.BYTES;
  }

  /** How many tokens the longest example has; 0 without examples. */
  public int longestExample() {
    return longest;
  }

  /** How many tokens an example has. */
  public int length(int example) {
    return Math.toIntExact(offsets[example + 1] - offsets[example]);
  }

  /** A copy of an example's ids and labels; what was cut from it is not known here. */
  public EncodedExample example(int example) {
    return new EncodedExample(copy(inputIds, example), copy(labels, example), 0);
  }

  /** What the writer noted: digests of tokenizer and template, and the like. */
  public Map<String, String> metadata() {
    return file.metadata();
  }

  @Override
  public void close() {
    file.close();
  }

  private int[] copy(MemorySegment from, int example) {
    int[] values = new int[length(example)];
    MemorySegment.copy(from, INT, offsets[example] * Integer.BYTES, values, 0, values.length);
    return values;
  }

  private MemorySegment ints(String name) {
    var entry = file.tensors().get(name);
    if (entry == null || entry.dtype() != DType.I32 || entry.dims().size() != 1) {
      throw malformed("it has no list of 32-bit numbers called " + name);
    }
    return file.bytes(name);
  }

  private Problem malformed(String what) {
    return Problem.ours("MALFORMED_SHARD", "not a shard: " + what, null)
        .at(Problem.FILE, file.path())
        .mend("run the job again, so that its shards are made anew");
  }
}
