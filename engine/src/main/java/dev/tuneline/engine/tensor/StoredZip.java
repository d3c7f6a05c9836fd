package dev.tuneline.engine.tensor;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.errors.Problem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The entries of a zip archive that compresses nothing, as slices of the archive.
 *
 * <p>Only what {@code torch.save} writes is read: stored entries, zip64 where needed. Nothing is
 * unpacked, so no entry can grow or leave the archive; entries that overlap, repeat a name or
 * contradict their local header are refused.
 */
final class StoredZip {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int LOCAL_HEADER = 0x04034b50;
  private static final int CENTRAL_HEADER = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int END_64_LOCATOR = 0x07064b50;

  private static final int LOCAL_BYTES = 30;
  private static final int CENTRAL_BYTES = 46;
  private static final int END_BYTES = 22;
  private static final int END_64_BYTES = 56;
  private static final int LOCATOR_BYTES = 20;
  private static final int MAX_COMMENT_BYTES = 0xffff;
  private static final int MAX_ENTRIES = 1 << 20;
  private static final long IN_EXTRA = 0xffffffffL;

  /** Where an entry's local header and its bytes lie. */
  private record Span(String name, long header, long begin, long end) {}

  private final MemorySegment all;

  private StoredZip(MemorySegment all) {
    this.all = all;
  }

  /** Whether {@code all} starts as a zip archive does. */
  static boolean startsLike(MemorySegment all) {
    return all.byteSize() >= Integer.BYTES && all.get(INT, 0) == LOCAL_HEADER;
  }

  /**
   * The entries by name; MALFORMED_CHECKPOINT if the archive lies, UNSUPPORTED if it compresses.
   */
  static Map<String, MemorySegment> read(MemorySegment all) {
    return new StoredZip(all).entries();
  }

  private Map<String, MemorySegment> entries() {
    long end = findEnd();
    long count = shortAt(end + 10);
    long size = intAt(end + 12);
    long at = intAt(end + 16);
    long locator = end - LOCATOR_BYTES;
    if (locator >= 0 && all.get(INT, locator) == END_64_LOCATOR) {
      long end64 = longAt(locator + 8);
      if (end64 > locator - END_64_BYTES || all.get(INT, end64) != END_64) {
        throw malformed("its zip64 directory is not where it says");
      }
      count = longAt(end64 + 32);
      size = longAt(end64 + 40);
      at = longAt(end64 + 48);
    }
    if (count > MAX_ENTRIES || at > end || size > end - at) {
      throw malformed("its directory does not fit into it");
    }
    List<Span> spans = new ArrayList<>();
    long limit = at + size;
    for (long i = 0; i < count; i++) {
      if (at > limit - CENTRAL_BYTES || all.get(INT, at) != CENTRAL_HEADER) {
        throw malformed("its directory is damaged");
      }
      long length = CENTRAL_BYTES + shortAt(at + 28) + shortAt(at + 30) + shortAt(at + 32);
      if (length > limit - at) {
        throw malformed("its directory is damaged");
      }
      spans.add(span(at));
      at += length;
    }
    return slices(spans);
  }

  private long findEnd() {
    long lowest = Math.max(0, all.byteSize() - END_BYTES - MAX_COMMENT_BYTES);
    for (long at = all.byteSize() - END_BYTES; at >= lowest; at--) {
      if (all.get(INT, at) == END) {
        return at;
      }
    }
    throw malformed("it has no zip directory: truncated");
  }

  /** One entry of the directory, checked against the local header that it points to. */
  private Span span(long at) {
    String name = text(at + CENTRAL_BYTES, shortAt(at + 28));
    if (shortAt(at + 10) != 0 || (shortAt(at + 8) & 1) != 0) {
      throw Problem.caller(
              "UNSUPPORTED_CHECKPOINT",
              "archive entry " + name + " is compressed or encrypted, which torch.save never does")
          .mend("save the weights with torch.save or as safetensors");
    }
    long packed = intAt(at + 20);
    long size = intAt(at + 24);
    long header = intAt(at + 42);
    long extra = at + CENTRAL_BYTES + shortAt(at + 28);
    long extraEnd = extra + shortAt(at + 30);
    while (extra + 4 <= extraEnd) {
      long next = extra + 4 + shortAt(extra + 2);
      if (shortAt(extra) == 1) {
        long field = extra + 4;
        for (int which = 0; which < 3; which++) {
          long value = which == 0 ? size : which == 1 ? packed : header;
          if (value == IN_EXTRA) {
            if (field + Long.BYTES > Math.min(next, extraEnd)) {
              throw malformed("archive entry " + name + " has no zip64 sizes");
            }
            value = longAt(field);
            field += Long.BYTES;
          }
          size = which == 0 ? value : size;
          packed = which == 1 ? value : packed;
          header = which == 2 ? value : header;
        }
      }
      extra = next;
    }
    if (size != packed
        || header > all.byteSize() - LOCAL_BYTES
        || all.get(INT, header) != LOCAL_HEADER) {
      throw malformed("archive entry " + name + " is not where the directory says");
    }
    long nameBytes = shortAt(header + 26);
    long begin = header + LOCAL_BYTES + nameBytes + shortAt(header + 28);
    if (begin > all.byteSize()
        || size > all.byteSize() - begin
        || !text(header + LOCAL_BYTES, nameBytes).equals(name)) {
      throw malformed("archive entry " + name + " does not fit into the file");
    }
    return new Span(name, header, begin, begin + size);
  }

  private Map<String, MemorySegment> slices(List<Span> spans) {
    spans.sort(Comparator.comparingLong(Span::header));
    Map<String, MemorySegment> entries = new LinkedHashMap<>();
    long free = 0;
    for (Span span : spans) {
      if (span.header() < free) {
        throw malformed("archive entry " + span.name() + " overlaps another");
      }
      free = span.end();
      MemorySegment bytes = all.asSlice(span.begin(), span.end() - span.begin());
      if (entries.put(span.name(), bytes) != null) {
        throw malformed("archive entry " + span.name() + " is there twice");
      }
    }
    return entries;
  }

  private String text(long at, long length) {
    if (length > all.byteSize() - at) {
      throw malformed("an entry's name reaches past its end");
    }
    return UTF_8.decode(all.asSlice(at, length).asByteBuffer()).toString();
  }

  private long shortAt(long at) {
    return all.get(SHORT, at) & 0xffff;
  }

  private long intAt(long at) {
    return all.get(INT, at) & 0xffffffffL;
  }

  private long longAt(long at) {
    long value = all.get(LONG, at);
    if (value < 0) {
      throw malformed("it claims sizes beyond any file");
    }
    return value;
  }

  private static Problem malformed(String what) {
    return TorchFile.malformed(what);
  }
}
