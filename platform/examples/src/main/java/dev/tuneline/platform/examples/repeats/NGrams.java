package dev.tuneline.platform.examples.repeats;

import java.lang.Character.UnicodeScript;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Locale;

/**
 * Texts as n-grams of tokens, each a hash of 64 bits.
 *
 * <p>A token is a word, which is a run of letters, digits and their marks, or one character of a
 * script that is written without spaces between words (Han, kana, Thai and their like). Width and
 * capitals make no difference (NFKC, lower case); spaces and punctuation only separate.
 */
public final class NGrams {
  /** Odd, so that no bit of a token's hash is lost; the golden ratio's. */
  private static final long BASE = 0x9e3779b97f4a7c15L;

  private static final int FIRST_WITHOUT_SPACES = 0x0e00;

  private NGrams() {}

  /** The tokens of a text in their order. */
  public static long[] tokens(String text) {
    String normalised = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    long[] tokens = new long[Math.max(8, normalised.length() / 2)];
    int count = 0;
    long word = 0;
    boolean inWord = false;
    for (int i = 0; i <= normalised.length(); ) {
      int character = i < normalised.length() ? normalised.codePointAt(i) : ' ';
      i += Character.charCount(character);
      boolean part = isPart(character);
      boolean alone = part && standsAlone(character);
      if (inWord && (!part || alone)) {
        tokens = roomFor(count, tokens);
        tokens[count++] = Hashes.mix(word);
        inWord = false;
      }
      if (alone) {
        tokens = roomFor(count, tokens);
        tokens[count++] = Hashes.mix(character);
      } else if (part) {
        word = (inWord ? Hashes.mix(word) : 1) * BASE + character;
        inWord = true;
      }
    }
    return Arrays.copyOf(tokens, count);
  }

  /**
   * The different n-grams of some tokens, ascending. Fewer tokens than {@code n} are one n-gram, no
   * tokens are none.
   */
  public static long[] of(long[] tokens, int n) {
    if (n < 1) {
      throw new IllegalArgumentException("an n-gram has a token at least");
    }
    if (tokens.length == 0) {
      return new long[0];
    }
    int width = Math.min(n, tokens.length);
    long dropped = 1;
    for (int i = 0; i < width; i++) {
      dropped *= BASE;
    }
    long[] grams = new long[tokens.length - width + 1];
    long rolling = 0;
    for (int i = 0; i < tokens.length; i++) {
      rolling = rolling * BASE + tokens[i];
      if (i >= width) {
        rolling -= dropped * tokens[i - width];
      }
      if (i >= width - 1) {
        grams[i - width + 1] = Hashes.mix(rolling);
      }
    }
    Arrays.sort(grams);
    int different = 1;
    for (int i = 1; i < grams.length; i++) {
      if (grams[i] != grams[i - 1]) {
        grams[different++] = grams[i];
      }
    }
    return Arrays.copyOf(grams, different);
  }

  /** Equal tokens in equal order, equal hash. */
  public static long digest(long[] tokens) {
    long hash = tokens.length;
    for (long token : tokens) {
      hash = hash * BASE + token;
    }
    return Hashes.mix(hash);
  }

  /**
   * Jaccard similarity of two ascending sets: what they share as a part of what they hold together;
   * 0 when one is empty.
   */
  public static double jaccard(long[] one, long[] other) {
    int shared = 0;
    int i = 0;
    int j = 0;
    while (i < one.length && j < other.length) {
      if (one[i] == other[j]) {
        shared++;
        i++;
        j++;
      } else if (one[i] < other[j]) {
        i++;
      } else {
        j++;
      }
    }
    return shared == 0 ? 0 : (double) shared / (one.length + other.length - shared);
  }

  private static long[] roomFor(int count, long[] tokens) {
    return count < tokens.length ? tokens : Arrays.copyOf(tokens, 2 * count);
  }

  private static boolean isPart(int character) {
    if (Character.isLetterOrDigit(character)) {
      return true;
    }
    int type = Character.getType(character);
    return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
  }

  private static boolean standsAlone(int character) {
    if (character < FIRST_WITHOUT_SPACES) {
      return false;
    }
    return switch (UnicodeScript.of(character)) {
      case HAN, HIRAGANA, KATAKANA, BOPOMOFO, YI, THAI, LAO, KHMER, MYANMAR, TIBETAN -> true;
      default -> false;
    };
  }
}
