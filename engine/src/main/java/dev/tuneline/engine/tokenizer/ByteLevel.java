package dev.tuneline.engine.tokenizer;

import java.io.ByteArrayOutputStream;

/**
 * GPT-2's spelling of bytes as printable characters, read backwards: printable Latin-1 stands for
 * itself, every other byte for U+0100 and on, in order.
 */
final class ByteLevel {
  private static final int[] BYTE_OF = new int[0x100 + 0x100];

  static {
    java.util.Arrays.fill(BYTE_OF, -1);
    int next = 0x100;
    for (int value = 0; value < 0x100; value++) {
      boolean printable =
          (value >= '!' && value <= '~')
              || (value >= 0xA1 && value <= 0xAC)
              || (value >= 0xAE && value <= 0xFF);
      BYTE_OF[printable ? value : next++] = value;
    }
  }

  private ByteLevel() {}

  static byte[] bytes(String token) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(token.length());
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      if (c < BYTE_OF.length && BYTE_OF[c] >= 0) {
        bytes.write(BYTE_OF[c]);
      }
    }
    return bytes.toByteArray();
  }
}
