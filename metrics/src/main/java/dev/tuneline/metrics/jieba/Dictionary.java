package dev.tuneline.metrics.jieba;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.InputStream;

/**
 * jieba 0.42.1's dictionary: the logarithm of each word's share of all occurrences. Immutable once
 * read; safe for use by several threads.
 */
final class Dictionary {
  /** The share of a prefix that is no word. */
  private static final double NO_WORD = Double.NaN;

  private static final String RESOURCE = "/dict.txt";
  private static final int CAPACITY = 1 << 20;
  private static final long OCCURRENCES = 60_101_967;

  // The published artifact holds the dictionary of June 2013. jieba has since added this one entry.
  private static final String ADDED_WORD = "吉林";
  private static final int ADDED_OCCURRENCES = 89;

  private final PrefixTree tree = new PrefixTree(CAPACITY, NO_WORD);
  private final double logTotal = Math.log(OCCURRENCES);
  private long total;

  private static final class Standard {
    static final Dictionary INSTANCE = new Dictionary(bytes());
  }

  /** The dictionary, read at the first call. */
  static Dictionary standard() {
    return Standard.INSTANCE;
  }

  private Dictionary(byte[] file) {
    for (int begin = 0; begin < file.length; ) {
      int end = indexOf(file, '\n', begin, file.length);
      addLine(file, begin, end);
      begin = end + 1;
    }
    add(ADDED_WORD, ADDED_OCCURRENCES);
    if (total != OCCURRENCES) {
      throw Problem.ours(
          "FOREIGN_DICTIONARY",
          "the dict.txt on the class path holds %d occurrences, jieba's %d"
              .formatted(total, OCCURRENCES),
          null);
    }
  }

  /** Reads "word occurrences part-of-speech". */
  private void addLine(byte[] file, int begin, int end) {
    int wordEnd = indexOf(file, ' ', begin, end);
    int occurrences = 0;
    for (int i = wordEnd + 1; i < end && file[i] != ' '; i++) {
      occurrences = occurrences * 10 + file[i] - '0';
    }
    add(new String(file, begin, wordEnd - begin, UTF_8), occurrences);
  }

  private static int indexOf(byte[] file, char sought, int begin, int end) {
    int i = begin;
    while (i < end && file[i] != sought) {
      i++;
    }
    return i;
  }

  private void add(String word, int occurrences) {
    int node = PrefixTree.ROOT;
    for (int i = 0; i < word.length(); i++) {
      node = tree.grow(node, word.charAt(i));
    }
    tree.value(node, logShare(occurrences));
    total += occurrences;
  }

  private double logShare(int occurrences) {
    return Math.log(occurrences) - logTotal;
  }

  /** The node after one more character, or {@link PrefixTree#NONE} when no word begins so. */
  int next(int node, char character) {
    return tree.child(node, character);
  }

  boolean isWord(int node) {
    return !Double.isNaN(tree.value(node));
  }

  /** The log-probability of the word at a node. */
  double logProbability(int node) {
    return tree.value(node);
  }

  /** The log-probability of a character that is no word, counted as one occurrence. */
  double logProbabilityOfUnknown() {
    return logShare(1);
  }

  /** Whether the characters from {@code begin} until {@code end} are a word. */
  boolean isWord(CharSequence text, int begin, int end) {
    int node = PrefixTree.ROOT;
    for (int i = begin; i < end && node != PrefixTree.NONE; i++) {
      node = tree.child(node, text.charAt(i));
    }
    return node != PrefixTree.NONE && isWord(node);
  }

  private static byte[] bytes() {
    try (InputStream file = Dictionary.class.getResourceAsStream(RESOURCE)) {
      if (file == null) {
        throw Problem.ours("NO_DICTIONARY", "dict.txt is not on the class path", null);
      }
      return file.readAllBytes();
    } catch (IOException e) {
      throw Problem.ours("NO_DICTIONARY", "dict.txt cannot be read", e);
    }
  }
}
