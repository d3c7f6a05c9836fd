package dev.tuneline.metrics.ngram;

import dev.tuneline.metrics.text.PythonText;
import java.util.List;
import java.util.regex.Pattern;

/** How sacreBLEU 2.6.0 cuts text into words. */
public enum SacreTokenizer {
  /** Its {@code zh}: every Chinese character alone, the rest as mteval-v13a. */
  ZH {
    @Override
    String spaced(String text) {
      StringBuilder spaced = new StringBuilder();
      PythonText.strip(text)
          .codePoints()
          .forEach(
              c -> {
                if (isChinese(c)) {
                  spaced.append(' ').appendCodePoint(c).append(' ');
                } else {
                  spaced.appendCodePoint(c);
                }
              });
      return spaced.toString();
    }
  },
  /** Its {@code 13a}, the default: as mteval-v13a. */
  MTEVAL_13A {
    @Override
    String spaced(String text) {
      String line =
          PythonText.stripTrailing(text)
              .replace("<skipped>", "")
              .replace("-\n", "")
              .replace('\n', ' ')
              .replace("&quot;", "\"")
              .replace("&amp;", "&")
              .replace("&lt;", "<")
              .replace("&gt;", ">");
      return " " + line + " ";
    }
  };

  /** First and last code points, as sacreBLEU lists them, its two slips included. */
  private static final int[][] CHINESE = {
    {0x3400, 0x4db5},
    {0x4e00, 0x9fa5},
    {0x9fa6, 0x9fbb},
    {0xf900, 0xfa2d},
    {0xfa30, 0xfa6a},
    {0xfa70, 0xfad9},
    // Meant are 0x20000 to 0x2a6d6 and 0x2f800 to 0x2fa1d; Python reads its escapes with four
    // digits.
    {0x2001, 0x2a6d},
    {0x2f81, 0x2fa1},
    {0xff00, 0xffef},
    {0x2e80, 0x2eff},
    {0x3000, 0x303f},
    {0x31c0, 0x31ef},
    {0x2f00, 0x2fdf},
    {0x2ff0, 0x2fff},
    {0x3100, 0x312f},
    {0x31a0, 0x31bf},
    {0xfe10, 0xfe1f},
    {0xfe30, 0xfe4f},
    {0x2600, 0x26ff},
    {0x2700, 0x27bf},
    {0x3200, 0x32ff},
    {0x3300, 0x33ff}
  };

  private static final Pattern PUNCTUATION = Pattern.compile("([{-~\\[-` -&(-+:-@/])");
  private static final Pattern STOP_AFTER_NO_DIGIT = Pattern.compile("([^0-9])([.,])");
  private static final Pattern STOP_BEFORE_NO_DIGIT = Pattern.compile("([.,])([^0-9])");
  private static final Pattern DASH_AFTER_DIGIT = Pattern.compile("([0-9])(-)");

  /** The words of a line; none is empty. */
  public List<String> words(String line) {
    String text = PUNCTUATION.matcher(spaced(line)).replaceAll(" $1 ");
    text = STOP_AFTER_NO_DIGIT.matcher(text).replaceAll("$1 $2 ");
    text = STOP_BEFORE_NO_DIGIT.matcher(text).replaceAll(" $1 $2");
    text = DASH_AFTER_DIGIT.matcher(text).replaceAll("$1 $2 ");
    return PythonText.split(text);
  }

  /** What differs between the tokenizers: the line before its punctuation is parted. */
  abstract String spaced(String text);

  private static boolean isChinese(int codePoint) {
    for (int[] range : CHINESE) {
      if (range[0] <= codePoint && codePoint <= range[1]) {
        return true;
      }
    }
    return false;
  }
}
