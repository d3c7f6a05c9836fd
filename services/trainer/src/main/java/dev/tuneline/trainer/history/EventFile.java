package dev.tuneline.trainer.history;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Scalars in TensorBoard's event file format: TFRecord frames (length, its checksum, bytes, their
 * checksum; all little-endian) around {@code tensorflow.Event} messages. Grows in memory.
 */
final class EventFile {
  private static final String VERSION = "brain.Event:2";

  // Field numbers of tensorflow/core/util/event.proto and framework/summary.proto.
  private static final int EVENT_WALL_TIME = 1;
  private static final int EVENT_STEP = 2;
  private static final int EVENT_FILE_VERSION = 3;
  private static final int EVENT_SUMMARY = 5;
  private static final int SUMMARY_VALUE = 1;
  private static final int VALUE_TAG = 1;
  private static final int VALUE_SIMPLE = 2;

  /** What TFRecord adds to a rotated CRC, so that checksums of checksums stay useful. */
  private static final int MASK = 0xa282ead8;

  private static final double NANOS_PER_SECOND = 1e9;

  private final ByteArrayOutputStream frames = new ByteArrayOutputStream();

  /** A file that begins at a moment. */
  EventFile(Instant start) {
    append(
        message(
            out -> {
              out.writeDouble(EVENT_WALL_TIME, seconds(start));
              out.writeString(EVENT_FILE_VERSION, VERSION);
            }));
  }

  /** A file that continues one written before. */
  EventFile(byte[] before) {
    frames.writeBytes(before);
  }

  /** Adds the values that were measured after a step, by their tags. */
  void add(Instant when, long step, Map<String, Double> values) {
    ByteString summary =
        message(
            out -> {
              for (Map.Entry<String, Double> value : values.entrySet()) {
                out.writeBytes(
                    SUMMARY_VALUE,
                    message(
                        one -> {
                          one.writeString(VALUE_TAG, value.getKey());
                          one.writeFloat(VALUE_SIMPLE, value.getValue().floatValue());
                        }));
              }
            });
    append(
        message(
            out -> {
              out.writeDouble(EVENT_WALL_TIME, seconds(when));
              out.writeInt64(EVENT_STEP, step);
              out.writeBytes(EVENT_SUMMARY, summary);
            }));
  }

  /** The whole file. */
  byte[] bytes() {
    return frames.toByteArray();
  }

  private void append(ByteString event) {
    byte[] length =
        ByteBuffer.allocate(Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(event.size())
            .array();
    byte[] content = event.toByteArray();
    frames.writeBytes(length);
    frames.writeBytes(maskedCrc(length));
    frames.writeBytes(content);
    frames.writeBytes(maskedCrc(content));
  }

  private static byte[] maskedCrc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length);
    int masked = Integer.rotateRight((int) crc.getValue(), 15) + MASK;
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(masked).array();
  }

  private static double seconds(Instant instant) {
    return instant.getEpochSecond() + instant.getNano() / NANOS_PER_SECOND;
  }

  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  private static ByteString message(Fields fields) {
    ByteString.Output bytes = ByteString.newOutput();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      fields.write(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    }
    return bytes.toByteString();
  }
}
