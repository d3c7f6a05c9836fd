package dev.tuneline.platform.tables.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A window over a stream of bytes that slides forward and holds what was kept: everything from
 * {@link #keep} on. A scanner reads {@link #bytes} between {@link #at} and {@link #end} itself.
 */
final class ByteWindow {
  private final InputStream in;

  /** The window's bytes; another array after {@link #more}. */
  byte[] bytes;

  /** First byte that must not be lost. */
  int keep;

  /** Next byte to be looked at. */
  int at;

  /** After the last byte that is there. */
  int end;

  /** 1-based physical line of {@link #at}, as far as the scanner counts. */
  long line = 1;

  ByteWindow(InputStream in, int initialBytes) {
    this.in = in;
    this.bytes = new byte[initialBytes];
  }

  /** The next byte without taking it, or -1 at the end. */
  int peek() throws IOException {
    return at < end || more() ? bytes[at] & 0xFF : -1;
  }

  /** Brings more bytes and moves the kept ones to the front; false at the end of the stream. */
  boolean more() throws IOException {
    if (keep > 0) {
      System.arraycopy(bytes, keep, bytes, 0, end - keep);
      at -= keep;
      end -= keep;
      keep = 0;
    }
    if (end == bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.multiplyExact(bytes.length, 2));
    }
    int read = in.read(bytes, end, bytes.length - end);
    if (read <= 0) {
      return false;
    }
    end += read;
    return true;
  }

  /** Takes a line end, which is LF, CRLF or a lone CR and lies at {@link #at}. */
  void takeLineEnd() throws IOException {
    boolean carriageReturn = bytes[at++] == '\r';
    line++;
    if (carriageReturn && peek() == '\n') {
      at++;
    }
  }

  /** The text of some of the window's bytes, or null when they are not UTF-8. */
  @Nullable String text(int from, int to) {
    return text(bytes, from, to);
  }

  /** The text of bytes, or null when they are not UTF-8. */
  static @Nullable String text(byte[] bytes, int from, int to) {
    String text = new String(bytes, from, to - from, UTF_8);
    // The replacement character says that something did not decode, unless it was written there.
    return text.indexOf('\uFFFD') < 0 || isUtf8(bytes, from, to) ? text : null;
  }

  private static boolean isUtf8(byte[] bytes, int from, int to) {
    try {
      UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, from, to - from));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  void close() throws IOException {
    in.close();
  }
}
