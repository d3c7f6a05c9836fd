package dev.tuneline.metrics.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Numbers equal words equally, so that measures compare numbers. Holds the words of one pair of
 * texts; not safe for use by several threads.
 */
public final class Words {
  private final Map<String, Integer> numbers = new HashMap<>();

  /** A number for each word, in order; the same word always has the same, counted from 0. */
  public int[] number(List<String> words) {
    int[] numbered = new int[words.size()];
    for (int i = 0; i < numbered.length; i++) {
      numbered[i] = numbers.computeIfAbsent(words.get(i), _ -> numbers.size());
    }
    return numbered;
  }

  /** The text's Unicode code points as words, white space included. */
  public static List<String> ofCharacters(String text) {
    return text.codePoints().mapToObj(Character::toString).toList();
  }

  /** Characters as numbers: the text's Unicode code points, what Python's {@code list} gives. */
  public static int[] characters(String text) {
    return text.codePoints().toArray();
  }

  /** {@link #characters(String)} without white space. */
  public static int[] charactersButSpaces(String text) {
    return text.codePoints().filter(point -> !PythonText.isSpace(point)).toArray();
  }
}
