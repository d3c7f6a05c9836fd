package dev.tuneline.platform.tables.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.util.Arrays;

/**
 * A text of any character set as UTF-8 without its byte order mark. What does not decode becomes a
 * byte that no UTF-8 holds, so that whoever reads finds the place and nothing is replaced unseen.
 */
public final class Utf8Stream extends FilterInputStream {
  private static final byte UNDECODABLE = (byte) 0xFF;
  private static final int CHUNK_BYTES = 64 << 10;
  private static final byte[] UTF8_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final CharsetDecoder decoder;
  private final CharsetEncoder encoder = UTF_8.newEncoder();
  private final ByteBuffer bytes = ByteBuffer.allocate(CHUNK_BYTES).flip();
  private final CharBuffer chars = CharBuffer.allocate(CHUNK_BYTES).flip();
  private final ByteBuffer out = ByteBuffer.allocate(4 * CHUNK_BYTES).flip();
  private boolean ended;
  private boolean began;
  private boolean bad;

  private Utf8Stream(InputStream in, Charset charset) {
    super(in);
    this.decoder =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
  }

  /** The text in {@code in}, which is closed with what is returned. */
  public static InputStream of(InputStream in, Charset charset) throws IOException {
    if (!charset.equals(UTF_8)) {
      return new Utf8Stream(in, charset);
    }
    PushbackInputStream after = new PushbackInputStream(in, UTF8_MARK.length);
    byte[] start = after.readNBytes(UTF8_MARK.length);
    if (!Arrays.equals(start, UTF8_MARK)) {
      after.unread(start);
    }
    return after;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int from, int length) throws IOException {
    while (!out.hasRemaining()) {
      if (!convert()) {
        return -1;
      }
    }
    int read = Math.min(length, out.remaining());
    out.get(target, from, read);
    return read;
  }

  /** Fills {@link #out}; false at the end. */
  private boolean convert() throws IOException {
    if (!chars.hasRemaining() && !bad && !decode()) {
      return false;
    }
    out.clear();
    // A lone surrogate cannot come out of a decoder that reports what is malformed.
    encoder.reset().encode(chars, out, true);
    if (bad && !chars.hasRemaining()) {
      out.put(UNDECODABLE);
      bad = false;
    }
    out.flip();
    return true;
  }

  private boolean decode() throws IOException {
    if (ended && !bytes.hasRemaining()) {
      return false;
    }
    if (!ended) {
      bytes.compact();
      int read = in.read(bytes.array(), bytes.position(), bytes.remaining());
      ended = read < 0;
      bytes.position(bytes.position() + Math.max(0, read)).flip();
    }
    chars.clear();
    CoderResult result = decoder.decode(bytes, chars, ended);
    if (result.isError()) {
      bytes.position(bytes.position() + result.length());
      bad = true;
    }
    chars.flip();
    if (!began && chars.hasRemaining()) {
      began = true;
      if (chars.get(chars.position()) == '\uFEFF') {
        chars.get();
      }
    }
    return true;
  }
}
