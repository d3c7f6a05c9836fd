package dev.tuneline.preprocess.dataset;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.spill.Records;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetPart;
import dev.tuneline.proto.v1.RowRejection;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The two files of a part: the records of its rows by {@link PartRow.Order#ROW}, and their texts,
 * which the records point at. Both begin with a digest of what they are a part of, so no two parts
 * are the same bytes and each can be removed by itself.
 */
final class PartFiles implements AutoCloseable {
  static final String MEDIA_TYPE = "application/octet-stream";

  private final InputStream rows;
  private final FileChannel texts;

  PartFiles(ArtifactStore artifacts, Dataset dataset, DatasetPart part) {
    byte[] header = header(dataset, part.getPartition());
    try {
      this.texts = FileChannel.open(artifacts.localFile(part.getTexts()));
      this.rows =
          new BufferedInputStream(
              Files.newInputStream(artifacts.localFile(part.getRows())), 256 << 10);
      rows.skipNBytes(header.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The records in their order; to be read once. */
  Records rows(int bands) {
    return Records.of(rows, PartRow.bytes(bands));
  }

  /** The example of a row that was kept. */
  Example example(PartRow row) {
    return ExampleBytes.decode(row.id, text(row));
  }

  /** The rejection of a row that was not. */
  RowRejection rejection(PartRow row) {
    return rejection(text(row));
  }

  static RowRejection rejection(byte[] text) {
    try {
      return RowRejection.parseFrom(text);
    } catch (InvalidProtocolBufferException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] text(PartRow row) {
    ByteBuffer text = ByteBuffer.allocate(row.textBytes);
    try {
      while (text.hasRemaining()) {
        if (texts.read(text, row.textOffset + text.position()) < 0) {
          throw new EOFException("there is no text at " + row.textOffset);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.array();
  }

  static byte[] header(Dataset dataset, int partition) {
    String part = dataset.getDatasetId() + " " + dataset.getCutVersion() + " " + partition;
    return sha256().digest(part.getBytes(UTF_8));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  @Override
  public void close() {
    try (rows;
        texts) {
      // both, whatever the other does
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
