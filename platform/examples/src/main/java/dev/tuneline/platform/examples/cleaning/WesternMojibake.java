package dev.tuneline.platform.examples.cleaning;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * UTF-8 that was decoded as Latin-1 or Windows-1252. A stretch goes from the first character beyond
 * ASCII to the line's end or to a character that the charset lacks.
 */
final class WesternMojibake implements TextStep {
  private static final String FROM_0X80 =
      "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ";

  /** What may stand behind a word, and so behind a capital that looks like the first byte. */
  private static final String BEHIND_WORDS = "”’“‘…»›«‹–—™®°ºª·•\u00A0";

  private static final short[] BYTES = bytes();

  @Override
  public String apply(String text) {
    StringBuilder out = null;
    int copied = 0;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c < 0x80 || byteOf(c) < 0) {
        i++;
        continue;
      }
      int end = stretchEnd(text, i);
      String decoded = byteOf(c) >= 0xC2 && i + 1 < end ? decoded(text, i, end) : null;
      if (decoded != null) {
        out = out == null ? new StringBuilder(text.length()) : out;
        out.append(text, copied, i).append(decoded);
        copied = end;
      }
      i = end;
    }
    return out == null ? text : out.append(text, copied, text.length()).toString();
  }

  private static int stretchEnd(String text, int start) {
    int end = start;
    while (end < text.length() && text.charAt(end) != '\n' && byteOf(text.charAt(end)) >= 0) {
      end++;
    }
    return end;
  }

  private static @Nullable String decoded(String text, int start, int end) {
    StringBuilder out = null;
    boolean sure = false;
    for (int i = start; i < end; ) {
      char first = text.charAt(i);
      if (first < 0x80) {
        if (out != null) {
          out.append(first);
        }
        i++;
        continue;
      }
      int b = byteOf(first);
      int length = b < 0xC2 ? 0 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : b < 0xF5 ? 4 : 0;
      if (length == 0 || i + length > end) {
        return null;
      }
      int c = b & (0xFF >> (length + 1));
      boolean behindWord = true;
      for (int k = i + 1; k < i + length; k++) {
        int more = byteOf(text.charAt(k));
        if ((more & 0xC0) != 0x80) {
          return null;
        }
        c = c << 6 | (more & 0x3F);
        behindWord &= BEHIND_WORDS.indexOf(text.charAt(k)) >= 0;
      }
      boolean shortest = length == 2 || c >= (length == 3 ? 0x800 : 0x10000);
      if (!shortest || !UnicodeRepair.isPlausible(c)) {
        return null;
      }
      sure |= !behindWord || (length == 2 && isNoWordsEnd(text, i));
      if (out == null) {
        out = new StringBuilder(end - start);
      }
      out.appendCodePoint(c);
      i += length;
    }
    return sure && out != null ? out.toString() : null;
  }

  /** Whether the capital at a place, though a mark follows it, cannot end a word. */
  private static boolean isNoWordsEnd(String text, int i) {
    char before = i == 0 ? ' ' : text.charAt(i - 1);
    boolean goesOn = i + 2 < text.length() && Character.isLowerCase(text.charAt(i + 2));
    char capital = text.charAt(i);
    return Character.isLowerCase(before)
        || goesOn
        || (!Character.isLetter(before) && (capital == 'Ã' || capital == 'Â'));
  }

  /** The byte that Windows-1252, or Latin-1 where that has none, writes for a character, or -1. */
  private static int byteOf(char c) {
    return c < 0x100 ? c : c < BYTES.length ? BYTES[c] : -1;
  }

  private static short[] bytes() {
    short[] bytes = new short['™' + 1];
    Arrays.fill(bytes, (short) -1);
    for (int i = 0; i < FROM_0X80.length(); i++) {
      bytes[FROM_0X80.charAt(i)] = (short) (0x80 + i);
    }
    return bytes;
  }
}
