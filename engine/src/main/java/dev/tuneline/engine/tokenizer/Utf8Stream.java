package dev.tuneline.engine.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Bytes to characters one by one; each byte that no character can hold becomes U+FFFD. */
final class Utf8Stream {
  private final byte[] pending = new byte[4];
  private int size;

  /** What {@code next} completes, or nothing while a character may still grow. */
  String next(byte next) {
    if (size > 0 && !continues(next)) {
      return finish() + next(next);
    }
    pending[size++] = next;
    int length = length(pending[0]);
    if (length == 0) {
      return finish();
    }
    if (size < length) {
      return "";
    }
    String character = new String(pending, 0, size, UTF_8);
    size = 0;
    return character;
  }

  /** A U+FFFD for each byte that waits. */
  String finish() {
    String lost = "\uFFFD".repeat(size);
    size = 0;
    return lost;
  }

  /** Bytes of the character that {@code lead} begins; 0 when none begins so. */
  private static int length(byte lead) {
    int value = lead & 0xff;
    if (value < 0x80) {
      return 1;
    }
    return value < 0xc2 ? 0 : value < 0xe0 ? 2 : value < 0xf0 ? 3 : value < 0xf5 ? 4 : 0;
  }

  /** Whether {@code next} may follow: a second byte has bounds against surrogates and overlong. */
  private boolean continues(byte next) {
    int value = next & 0xff;
    int low = 0x80;
    int high = 0xbf;
    if (size == 1) {
      switch (pending[0] & 0xff) {
        case 0xe0 -> low = 0xa0;
        case 0xed -> high = 0x9f;
        case 0xf0 -> low = 0x90;
        case 0xf4 -> high = 0x8f;
        default -> {}
      }
    }
    return value >= low && value <= high;
  }
}
