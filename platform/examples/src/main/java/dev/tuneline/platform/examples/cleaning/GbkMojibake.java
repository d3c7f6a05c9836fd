package dev.tuneline.platform.examples.cleaning;

import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * UTF-8 that was decoded as GBK, which makes 涓枃 of 中文. A stretch is a run of characters beyond
 * ASCII with the ASCII letter that its last byte may have taken in.
 */
final class GbkMojibake implements TextStep {
  /** A run of Chinese this long, in characters decoded, is UTF-8 by chance once in 10^9 times. */
  private static final int SURE_RUN = 4;

  private static final char[] BYTES = bytes();

  @Override
  public String apply(String text) {
    StringBuilder out = null;
    int copied = 0;
    int i = 0;
    while (i < text.length()) {
      if (text.charAt(i) < 0x80) {
        i++;
        continue;
      }
      int end = i + 1;
      while (end < text.length() && text.charAt(end) >= 0x80) {
        end++;
      }
      String decoded = isThree(BYTES[text.charAt(i)] >> 8) ? decoded(text, i, end) : null;
      if (decoded != null) {
        out = out == null ? new StringBuilder(text.length()) : out;
        out.append(text, copied, i).append(decoded);
        copied = end;
      }
      i = end;
    }
    return out == null ? text : out.append(text, copied, text.length()).toString();
  }

  private static @Nullable String decoded(String text, int start, int end) {
    StringBuilder out = null;
    int decoded = 0;
    int missing = 0;
    int c = 0;
    for (int i = 2 * start; i < 2 * end; i++) {
      char pair = BYTES[text.charAt(i / 2)];
      int b = i % 2 == 0 ? pair >> 8 : pair & 0xFF;
      if (pair == 0) {
        return null;
      }
      if (missing > 0) {
        if ((b & 0xC0) != 0x80) {
          return null;
        }
        c = c << 6 | (b & 0x3F);
        if (--missing == 0) {
          if (!isEastAsian(c)) {
            return null;
          }
          out = out == null ? new StringBuilder(end - start) : out;
          out.append((char) c);
          decoded++;
        }
      } else if (isThree(b)) {
        c = b & 0xF;
        missing = 2;
      } else if (b < 0x80 && i == 2 * end - 1 && out != null) {
        out.append((char) b);
      } else {
        return null;
      }
    }
    return missing == 0 && decoded >= SURE_RUN && out != null ? out.toString() : null;
  }

  /** Whether a byte begins a sequence of three. */
  private static boolean isThree(int b) {
    return b >= 0xE2 && b <= 0xEF;
  }

  private static boolean isEastAsian(int c) {
    return (c >= 0x2010 && c < 0x2040)
        || (c >= 0x3000 && c < 0x3100)
        || (c >= 0x4E00 && c < 0xA000)
        || (c >= 0xAC00 && c < 0xD7A4)
        || (c >= 0xFF00 && c < 0xFFF0);
  }

  /** The two bytes of every character that GBK has, 0 for the others. */
  private static char[] bytes() {
    Charset charset = Charset.forName("GB18030");
    char[] bytes = new char[1 << Character.SIZE];
    byte[] pair = new byte[2];
    for (int high = 0x81; high < 0xFF; high++) {
      for (int low = 0x40; low < 0xFF; low++) {
        pair[0] = (byte) high;
        pair[1] = (byte) low;
        String decoded = new String(pair, charset);
        if (decoded.length() == 1 && decoded.charAt(0) != '\uFFFD') {
          bytes[decoded.charAt(0)] = (char) (high << 8 | low);
        }
      }
    }
    return bytes;
  }
}
