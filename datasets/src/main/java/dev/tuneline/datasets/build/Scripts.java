package dev.tuneline.datasets.build;

import java.lang.Character.UnicodeScript;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Tells a text's language by the script of most of its letters. */
final class Scripts {
  /** What is told apart; "en" stands for every language in Latin letters. */
  static final List<String> LANGUAGES = List.of("zh", "en", "ja", "ko", "ru", "ar", "hi", "th");

  /** A Chinese character says about as much as so many Latin letters. */
  private static final int LETTERS_OF_A_CHARACTER = 3;

  /** Japanese has more than one kana for so many Chinese characters. */
  private static final int KANA_SHARE = 5;

  private Scripts() {}

  /** An ISO 639-1 code, or "" when there are no letters of a known script. */
  static String language(String text) {
    Map<UnicodeScript, Integer> letters = new EnumMap<>(UnicodeScript.class);
    text.codePoints()
        .filter(Character::isLetter)
        .forEach(point -> letters.merge(UnicodeScript.of(point), 1, Integer::sum));
    int kana =
        letters.getOrDefault(UnicodeScript.HIRAGANA, 0)
            + letters.getOrDefault(UnicodeScript.KATAKANA, 0);
    if (kana > letters.getOrDefault(UnicodeScript.HAN, 0) / KANA_SHARE) {
      return "ja";
    }
    letters.computeIfPresent(UnicodeScript.HAN, (_, n) -> n * LETTERS_OF_A_CHARACTER);
    return letters.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(most -> code(most.getKey()))
        .orElse("");
  }

  private static String code(UnicodeScript script) {
    return switch (script) {
      case HAN -> "zh";
      case LATIN -> "en";
      case HANGUL -> "ko";
      case CYRILLIC -> "ru";
      case ARABIC -> "ar";
      case DEVANAGARI -> "hi";
      case THAI -> "th";
      default -> "";
    };
  }
}
