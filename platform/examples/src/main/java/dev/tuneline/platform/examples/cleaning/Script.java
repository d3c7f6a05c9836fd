package dev.tuneline.platform.examples.cleaning;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What languages are written in, as far as telling them apart needs it. */
enum Script {
  /** Ideographs without kana. */
  HAN("zh"),
  /** Kana, among ideographs or not. */
  KANA("ja"),
  HANGUL("ko"),
  LATIN(null),
  CYRILLIC(null),
  ARABIC(null),
  DEVANAGARI(null),
  HEBREW(null),
  GREEK("el"),
  THAI("th"),
  OTHER(null);

  /** More than this changes no answer. */
  private static final int MAX_CHARACTERS = 2_000;

  private static final int MAX_WORDS = 400;

  /** Japanese has more kana among its ideographs, Chinese fewer: a name, a borrowed の. */
  private static final int KANA_IN = 12;

  private static final Set<String> IN_CYRILLIC = Set.of("be", "bg", "mk", "ru", "sr", "uk");
  private static final Set<String> IN_ARABIC = Set.of("ar", "fa", "ur");
  private static final Set<String> IN_DEVANAGARI = Set.of("hi", "mr", "ne");
  private static final Set<String> IN_OTHERS =
      Set.of("bn", "gu", "kn", "ml", "pa", "ta", "te", "km", "hy", "ka", "am");

  private final @Nullable String only;

  Script(@Nullable String only) {
    this.only = only;
  }

  /** The language that alone is written so, or null. */
  @Nullable String only() {
    return only;
  }

  /** Whether several languages are written so. */
  boolean isShared() {
    return only == null && this != OTHER;
  }

  /** Those that texts in a language may be written in. */
  static Set<Script> of(String language) {
    return switch (language) {
      case "zh" -> EnumSet.of(HAN);
      case "ja" -> EnumSet.of(HAN, KANA);
      case "ko" -> EnumSet.of(HANGUL);
      case "el" -> EnumSet.of(GREEK);
      case "th" -> EnumSet.of(THAI);
      case "he", "yi" -> EnumSet.of(HEBREW);
      default -> {
        if (IN_CYRILLIC.contains(language)) {
          yield language.equals("sr") ? EnumSet.of(CYRILLIC, LATIN) : EnumSet.of(CYRILLIC);
        }
        if (IN_ARABIC.contains(language)) {
          yield EnumSet.of(ARABIC);
        }
        if (IN_DEVANAGARI.contains(language)) {
          yield EnumSet.of(DEVANAGARI);
        }
        yield IN_OTHERS.contains(language) ? EnumSet.of(OTHER) : EnumSet.of(LATIN);
      }
    };
  }

  /**
   * What a text is mostly written in.
   *
   * @param letters how many letters of the script there are, of the first of the text
   * @param words the words in the script, divided by spaces
   * @param wordCount how many these are
   */
  record Share(Script script, int letters, String words, int wordCount) {
    /** Whether so few letters may be a name or a sign in any language. */
    boolean isShort() {
      return switch (script) {
        case HAN, KANA, HANGUL, THAI -> letters < 2;
        case LATIN, CYRILLIC, ARABIC, DEVANAGARI, HEBREW, GREEK, OTHER ->
            wordCount < 2 || letters < 8;
      };
    }
  }

  /** The script of most words, where an ideograph counts as one; null for a text without any. */
  static @Nullable Share dominant(String text) {
    Map<Script, int[]> counts = new EnumMap<>(Script.class);
    int last = Math.min(text.length(), MAX_CHARACTERS);
    Script before = null;
    for (int i = 0; i < last; ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      Script script = of(c);
      if (script != null) {
        int[] count = counts.computeIfAbsent(script, s -> new int[2]);
        count[0]++;
        count[1] += script != before || script.isUnspaced() ? 1 : 0;
        before = script;
      } else if (Character.getType(c) != Character.NON_SPACING_MARK && c != '\'' && c != '’') {
        before = null;
      }
    }
    int[] han = counts.getOrDefault(HAN, new int[2]);
    int[] kana = counts.get(KANA);
    if (kana != null && KANA_IN * kana[0] >= han[0]) {
      kana[0] += han[0];
      kana[1] += han[1];
      counts.remove(HAN);
    } else if (kana != null) {
      counts.remove(KANA);
    }
    Script most = null;
    for (Script script : counts.keySet()) {
      most = most == null || words(counts, script) > words(counts, most) ? script : most;
    }
    return most == null
        ? null
        : new Share(
            most,
            counts.getOrDefault(most, new int[2])[0],
            most.isShared() ? wordsOf(text, last, most) : "",
            words(counts, most));
  }

  private static int words(Map<Script, int[]> counts, Script script) {
    return counts.getOrDefault(script, new int[2])[1];
  }

  private boolean isUnspaced() {
    return this == HAN || this == KANA || this == THAI;
  }

  private static String wordsOf(String text, int last, Script script) {
    StringBuilder words = new StringBuilder();
    boolean gap = false;
    for (int i = 0; i < last && words.length() < MAX_WORDS; ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (of(c) == script || (c == '\'' && !gap)) {
        if (gap && !words.isEmpty()) {
          words.append(' ');
        }
        words.appendCodePoint(Character.toLowerCase(c));
        gap = false;
      } else {
        gap = true;
      }
    }
    return words.toString();
  }

  private static @Nullable Script of(int c) {
    if (c < 0x80) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? LATIN : null;
    }
    if (c >= 0x4E00 && c < 0xA000) {
      return HAN;
    }
    if (!Character.isLetter(c)) {
      return null;
    }
    return switch (Character.UnicodeScript.of(c)) {
      case HAN -> HAN;
      case HIRAGANA, KATAKANA -> KANA;
      case HANGUL -> HANGUL;
      case LATIN -> c >= 0xFF00 ? null : LATIN;
      case CYRILLIC -> CYRILLIC;
      case ARABIC -> ARABIC;
      case DEVANAGARI -> DEVANAGARI;
      case HEBREW -> HEBREW;
      case GREEK -> GREEK;
      case THAI -> THAI;
      case COMMON, INHERITED, UNKNOWN -> null;
      default -> OTHER;
    };
  }
}
