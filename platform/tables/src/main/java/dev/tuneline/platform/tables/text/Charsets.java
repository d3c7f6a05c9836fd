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
 * <p>A byte order mark decides. Line ends, commas and the like that are two bytes wide say UTF-16,
 * where the text is no valid UTF-8 or full of NUL bytes; else valid UTF-8 is UTF-8. Otherwise it is
 * Big5 if its characters are distributed like it and all of it decodes as such, or GB18030 if all
 * of it decodes as such, and in either case less than half of its bytes beyond ASCII are valid
 * UTF-8; else it is UTF-8 with some bad bytes, which cost the rows that hold them.
 */
public final class Charsets {
  static final Charset GB18030 = Charset.forName("GB18030");
  private static final Charset BIG5 = Charset.forName("Big5");
  private static final Charset BIG5_HKSCS = Charset.forName("Big5-HKSCS");
  private static final Charset WINDOWS_950 = Charset.forName("x-windows-950");

  private static final int CHUNK_BYTES = 64 << 10;
  private static final int MARK_EVERY_BYTES = 500;
  private static final int DETECTOR_BYTES = 1 << 20;

  /** A text's bytes, which can be opened again and again. */
  @FunctionalInterface
  public interface Bytes {
    InputStream open() throws IOException;
  }

  /**
   * What one reading found.
   *
   * @param nuls bytes that are NUL
   * @param little line ends, quotes and the like in two bytes, the NUL behind
   * @param big the same with the NUL in front
   */
  private record Counts(
      long bytes, long beyondAscii, long malformed, long nuls, long little, long big) {}

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
    Charset utf16 = counts.big() > counts.little() ? UTF_16BE : UTF_16LE;
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

  /** One mark in 500 bytes at least, and hardly any the other way round. */
  private static boolean looksLikeUtf16(Counts counts) {
    long more = Math.max(counts.little(), counts.big());
    long fewer = Math.min(counts.little(), counts.big());
    return counts.bytes() % 2 == 0
        && more * MARK_EVERY_BYTES >= counts.bytes()
        && fewer * 10 <= more
        && (counts.malformed() > 0 || counts.nuls() * 4 >= counts.bytes());
  }

  private static boolean isMark(byte b) {
    return b == '\n' || b == '\r' || b == ',' || b == '"' || b == '\t' || b == ' ';
  }

  private static Counts countUtf8(Bytes text) throws IOException {
    CharsetDecoder utf8 = strict(UTF_8);
    CharBuffer sink = CharBuffer.allocate(CHUNK_BYTES);
    ByteBuffer rest = ByteBuffer.allocate(CHUNK_BYTES + 8);
    byte[] chunk = new byte[CHUNK_BYTES];
    long bytes = 0;
    long beyondAscii = 0;
    long malformed = 0;
    long nuls = 0;
    long little = 0;
    long big = 0;
    try (InputStream in = text.open()) {
      for (boolean last = false; !last; ) {
        int read = in.readNBytes(chunk, 0, chunk.length);
        last = read < chunk.length;
        for (int i = 0; i < read; i++) {
          beyondAscii += chunk[i] < 0 ? 1 : 0;
          if (chunk[i] == 0) {
            nuls++;
            boolean behind = (i & 1) == 1; // chunks are even
            little += behind && isMark(chunk[i - 1]) ? 1 : 0;
            big += !behind && i + 1 < read && isMark(chunk[i + 1]) ? 1 : 0;
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
    return new Counts(bytes, beyondAscii, malformed, nuls, little, big);
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
