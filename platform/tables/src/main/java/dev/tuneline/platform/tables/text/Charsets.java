package dev.tuneline.platform.tables.text;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import org.mozilla.universalchardet.Constants;
import org.mozilla.universalchardet.UniversalDetector;

/**
 * Tells a text's character set by reading it through.
 *
 * <p>A byte order mark decides. Valid UTF-8 is UTF-8, unless every other byte is NUL: that is
 * UTF-16. Otherwise it is Big5 if its characters are distributed like it and all of it decodes as
 * such, or GB18030 if all of it decodes as such, and in either case less than half of its bytes
 * beyond ASCII are valid UTF-8; else it is UTF-8 with some bad bytes, which cost the rows that hold
 * them.
 */
public final class Charsets {
  static final Charset GB18030 = Charset.forName("GB18030");
  private static final Charset BIG5 = Charset.forName("Big5");
  private static final Charset BIG5_HKSCS = Charset.forName("Big5-HKSCS");
  private static final Charset WINDOWS_950 = Charset.forName("x-windows-950");

  private static final int CHUNK_BYTES = 64 << 10;
  private static final int DETECTOR_BYTES = 1 << 20;

  /** A text's bytes, which can be opened again and again. */
  @FunctionalInterface
  public interface Bytes {
    InputStream open() throws IOException;
  }

  /** What one reading found. */
  private record Counts(
      long bytes, long beyondAscii, long malformed, long evenNuls, long oddNuls) {}

  private Charsets() {}

  /** The character set of a text. */
  public static Charset detect(Bytes text) throws IOException {
    byte[] start;
    try (InputStream in = text.open()) {
      start = in.readNBytes(2);
    }
    if (start.length == 2 && (start[0] & 0xFF) + (start[1] & 0xFF) == 0xFE + 0xFF) {
      boolean marked = (start[0] & 0xFF) >= 0xFE;
      if (marked) {
        return start[0] == (byte) 0xFE ? UTF_16BE : UTF_16LE;
      }
    }
    Counts counts = countUtf8(text);
    Charset utf16 = counts.evenNuls() > counts.oddNuls() ? UTF_16BE : UTF_16LE;
    if (looksLikeUtf16(counts) && decodes(text, utf16)) {
      return utf16;
    }
    boolean mostlyUtf8 = (counts.beyondAscii() - counts.malformed()) * 2 >= counts.beyondAscii();
    if (counts.malformed() == 0 || mostlyUtf8) {
      return UTF_8;
    }
    if (isDistributedLikeBig5(text)) {
      for (Charset big5 : new Charset[] {BIG5, WINDOWS_950, BIG5_HKSCS}) {
        if (decodes(text, big5)) {
          return big5;
        }
      }
    }
    return decodes(text, GB18030) ? GB18030 : UTF_8;
  }

  /** NUL bytes are all on one side of 16-bit units: what they belong to is ASCII. */
  private static boolean looksLikeUtf16(Counts counts) {
    long more = Math.max(counts.evenNuls(), counts.oddNuls());
    long fewer = Math.min(counts.evenNuls(), counts.oddNuls());
    boolean oneSide = more > 0 && fewer * 10 <= more;
    return oneSide
        && counts.bytes() % 2 == 0
        && (counts.malformed() > 0 || more * 4 >= counts.bytes());
  }

  private static Counts countUtf8(Bytes text) throws IOException {
    CharsetDecoder utf8 = strict(UTF_8);
    CharBuffer sink = CharBuffer.allocate(CHUNK_BYTES);
    ByteBuffer rest = ByteBuffer.allocate(CHUNK_BYTES + 8);
    byte[] chunk = new byte[CHUNK_BYTES];
    long bytes = 0;
    long beyondAscii = 0;
    long malformed = 0;
    long[] nuls = new long[2];
    try (InputStream in = text.open()) {
      for (boolean last = false; !last; ) {
        int read = in.readNBytes(chunk, 0, chunk.length);
        last = read < chunk.length;
        for (int i = 0; i < read; i++) {
          beyondAscii += chunk[i] < 0 ? 1 : 0;
          if (chunk[i] == 0) {
            nuls[i & 1]++;
          }
        }
        bytes += read;
        rest.put(chunk, 0, read).flip();
        for (CoderResult result = CoderResult.OVERFLOW; !result.isUnderflow(); ) {
          sink.clear();
          result = utf8.decode(rest, sink, last);
          if (result.isError()) {
            malformed += result.length();
            rest.position(rest.position() + result.length());
          }
        }
        rest.compact();
      }
    }
    return new Counts(bytes, beyondAscii, malformed, nuls[0], nuls[1]);
  }

  private static boolean decodes(Bytes text, Charset charset) throws IOException {
    CharsetDecoder decoder = strict(charset);
    CharBuffer sink = CharBuffer.allocate(CHUNK_BYTES);
    ByteBuffer rest = ByteBuffer.allocate(CHUNK_BYTES + 8);
    byte[] chunk = new byte[CHUNK_BYTES];
    try (InputStream in = text.open()) {
      for (boolean last = false; !last; ) {
        int read = in.readNBytes(chunk, 0, chunk.length);
        last = read < chunk.length;
        rest.put(chunk, 0, read).flip();
        for (CoderResult result = CoderResult.OVERFLOW; !result.isUnderflow(); ) {
          sink.clear();
          result = decoder.decode(rest, sink, last);
          if (result.isError()) {
            return false;
          }
        }
        rest.compact();
      }
    }
    return true;
  }

  private static boolean isDistributedLikeBig5(Bytes text) throws IOException {
    UniversalDetector detector = new UniversalDetector();
    byte[] chunk = new byte[CHUNK_BYTES];
    try (InputStream in = text.open()) {
      int read = in.read(chunk);
      for (long sum = 0; read > 0 && sum < DETECTOR_BYTES && !detector.isDone(); sum += read) {
        detector.handleData(chunk, 0, read);
        read = in.read(chunk);
      }
    }
    detector.dataEnd();
    return Constants.CHARSET_BIG5.equals(detector.getDetectedCharset());
  }

  private static CharsetDecoder strict(Charset charset) {
    return charset
        .newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT)
        .onUnmappableCharacter(CodingErrorAction.REPORT);
  }
}
