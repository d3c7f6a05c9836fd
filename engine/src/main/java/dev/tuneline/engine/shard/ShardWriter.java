package dev.tuneline.engine.shard;

import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.tensor.DType;
import dev.tuneline.engine.tensor.SafetensorsWriter;
import dev.tuneline.errors.Problem;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes the tokenised examples of one split as a safetensors file: {@code input_ids} and {@code
 * labels} [tokens], all examples one after another, and {@code lengths} [examples], all I32. Labels
 * are {@link EncodedExample#IGNORED} where no loss is taken and not shifted.
 *
 * <p>Equal examples in equal order with equal metadata give equal bytes. Memory does not grow with
 * the examples: they wait in files beside the target. For one thread.
 */
public final class ShardWriter implements AutoCloseable {
  private final Path target;
  private final Column inputIds;
  private final Column labels;
  private final Column lengths;
  private long trainedTokens;

  /** A writer of {@code target}, whose folder exists. */
  public ShardWriter(Path target) {
    this.target = target.toAbsolutePath();
    try {
      this.inputIds = new Column(this.target);
      this.labels = new Column(this.target);
      this.lengths = new Column(this.target);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Appends an example. */
  public void add(EncodedExample example) {
    try {
      inputIds.write(example.inputIds());
      labels.write(example.labels());
      lengths.write(new int[] {example.length()});
    } catch (IOException e) {
      throw unwritable(e);
    }
    trainedTokens += example.trainedTokens();
  }

  /** How many examples were added. */
  public long examples() {
    return lengths.count;
  }

  /** How many tokens they have together. */
  public long tokens() {
    return inputIds.count;
  }

  /** How many of the tokens carry loss. */
  public long trainedTokens() {
    return trainedTokens;
  }

  /** Writes the file, at once or not at all; {@code metadata} is noted in its header. */
  public void finish(Map<String, String> metadata) {
    Map<String, String> noted = new TreeMap<>(metadata);
    noted.put("format", Shard.FORMAT);
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsWriter.write(
          target,
          List.of(
              inputIds.content(Shard.INPUT_IDS, arena),
              labels.content(Shard.LABELS, arena),
              lengths.content(Shard.LENGTHS, arena)),
          noted);
    } catch (IOException e) {
      throw unwritable(e);
    }
  }

  /** Removes the waiting files; the target stays if it was finished. */
  @Override
  public void close() {
    try {
      inputIds.close();
      labels.close();
      lengths.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Problem unwritable(IOException cause) {
    return Problem.ours("UNWRITABLE_FILE", "cannot write: " + cause.getMessage(), cause)
        .at(Problem.FILE, target);
  }

  /** Numbers that wait in a file until the shard is whole. */
  private static final class Column implements AutoCloseable {
    private final Path file;
    private final DataOutputStream out;
    private long count;

    Column(Path target) throws IOException {
      this.file = Files.createTempFile(target.getParent(), target.getFileName() + ".", ".column");
      this.out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
    }

    void write(int[] values) throws IOException {
      ByteBuffer bytes =
          ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asIntBuffer().put(values);
      out.write(bytes.array());
      count += values.length;
    }

    SafetensorsWriter.Content content(String name, Arena arena) throws IOException {
      out.flush();
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        return new SafetensorsWriter.Content(name, DType.I32, List.of(count), bytes);
      }
    }

    @Override
    public void close() throws IOException {
      out.close();
      Files.deleteIfExists(file);
    }
  }
}
