package dev.tuneline.platform.examples.spill;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Records of one width, one after the other. */
@FunctionalInterface
public interface Records {
  /** The next record, an array of the caller's own, or null after the last. */
  byte @Nullable [] next();

  /**
   * The records of a stream, which stays the caller's to close; ends where less than one is left.
   */
  static Records of(InputStream in, int recordBytes) {
    return () -> {
      try {
        byte[] bytes = in.readNBytes(recordBytes);
        return bytes.length < recordBytes ? null : bytes;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }

  /** Sorted records of several sources as one sorted sequence; bytes are compared as unsigned. */
  static Records merged(List<Records> sources) {
    final class Head {
      private final byte[] bytes;
      private final Records source;

      Head(byte[] bytes, Records source) {
        this.bytes = bytes;
        this.source = source;
      }
    }

    PriorityQueue<Head> heads =
        new PriorityQueue<>(
            Math.max(1, sources.size()),
            (one, other) -> Arrays.compareUnsigned(one.bytes, other.bytes));
    for (Records source : sources) {
      byte[] first = source.next();
      if (first != null) {
        heads.add(new Head(first, source));
      }
    }
    return () -> {
      Head least = heads.poll();
      if (least == null) {
        return null;
      }
      byte[] following = least.source.next();
      if (following != null) {
        heads.add(new Head(following, least.source));
      }
      return least.bytes;
    };
  }
}
