package dev.tuneline.metrics.jieba;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts text into words as {@code jieba.lcut} of jieba 0.42.1 does in its accurate mode: the
 * likeliest way through the dictionary's words, and a hidden Markov model over what stays single.
 *
 * <p>The words make up the text again; white space and punctuation are words too. The dictionary is
 * read once, at the first call. Safe for use by several threads.
 */
public final class Jieba {
  private Jieba() {}

  /** Cuts with the model that finds words outside the dictionary, jieba's default. */
  public static List<String> cut(String text) {
    return cut(text, true);
  }

  /**
   * Cuts a text.
   *
   * @param newWords whether single characters are tried for words outside the dictionary; jieba
   *     calls it HMM. Without it, letters and digits that stay single are joined.
   */
  public static List<String> cut(String text, boolean newWords) {
    List<String> words = new ArrayList<>();
    int i = 0;
    while (i < text.length()) {
      int end = i;
      while (end < text.length() && Characters.isOfWords(text.charAt(end))) {
        end++;
      }
      if (end > i) {
        cutBlock(text, i, end, newWords, words);
        i = end;
      } else {
        end = text.startsWith("\r\n", i) ? i + 2 : text.offsetByCodePoints(i, 1);
        words.add(text.substring(i, end));
        i = end;
      }
    }
    return words;
  }

  private static void cutBlock(
      String text, int begin, int end, boolean newWords, List<String> words) {
    int[] route = route(text, begin, end);
    int joined = begin;
    for (int i = begin; i < end; ) {
      int next = route[i - begin];
      boolean joins = next - i == 1 && (newWords || Characters.isLatin(text.charAt(i)));
      if (!joins) {
        addJoined(text, joined, i, newWords, words);
        words.add(text.substring(i, next));
        joined = next;
      }
      i = next;
    }
    addJoined(text, joined, end, newWords, words);
  }

  private static void addJoined(
      String text, int begin, int end, boolean newWords, List<String> words) {
    if (end - begin == 1 || (begin < end && !newWords)) {
      words.add(text.substring(begin, end));
    } else if (end - begin > 1 && Dictionary.standard().isWord(text, begin, end)) {
      for (int i = begin; i < end; i++) {
        words.add(text.substring(i, i + 1));
      }
    } else if (end - begin > 1) {
      NewWords.standard().cut(text, begin, end, words);
    }
  }

  /** For each character, where the word that begins there ends on the likeliest way to the end. */
  private static int[] route(String text, int begin, int end) {
    Dictionary dictionary = Dictionary.standard();
    double[] best = new double[end - begin + 1];
    int[] route = new int[end - begin];
    for (int i = end - 1; i >= begin; i--) {
      int wordEnd = 0;
      double likeliest = Double.NEGATIVE_INFINITY;
      int node = PrefixTree.ROOT;
      for (int j = i; j < end; j++) {
        node = dictionary.next(node, text.charAt(j));
        if (node == PrefixTree.NONE) {
          break;
        }
        if (dictionary.isWord(node)) {
          double likelihood = dictionary.logProbability(node) + best[j + 1 - begin];
          // Of equally likely words jieba takes the longest.
          if (likelihood >= likeliest) {
            likeliest = likelihood;
            wordEnd = j + 1;
          }
        }
      }
      if (wordEnd == 0) {
        wordEnd = i + 1;
        likeliest = dictionary.logProbabilityOfUnknown() + best[wordEnd - begin];
      }
      best[i - begin] = likeliest;
      route[i - begin] = wordEnd;
    }
    return route;
  }
}
