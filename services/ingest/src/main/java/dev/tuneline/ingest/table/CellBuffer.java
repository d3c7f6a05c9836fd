package dev.tuneline.ingest.table;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The bytes of one cell as it grows, up to a bound. */
final class CellBuffer {
  private final CharsetDecoder decoder;
  private final int maxBytes;
  private byte[] bytes = new byte[256];
  private int size;

  CellBuffer(Charset charset, int maxBytes) {
    this.decoder =
        charset
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    this.maxBytes = maxBytes;
  }

  void clear() {
    size = 0;
  }

  int size() {
    return size;
  }

  /** Whether there was room. */
  boolean append(int b) {
    if (size == maxBytes) {
      return false;
    }
    if (size == bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(maxBytes, size * 2L));
    }
    bytes[size++] = (byte) b;
    return true;
  }

  /** The text, or null when the bytes are not of the charset. */
  @Nullable String decode() {
    try {
      return decoder.decode(ByteBuffer.wrap(bytes, 0, size)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
