package dev.tuneline.metrics.jieba;

import static dev.tuneline.metrics.jieba.Characters.FIRST_HAN;
import static dev.tuneline.metrics.jieba.Characters.LAST_HAN;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.errors.Problem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts characters that the dictionary leaves single: jieba's hidden Markov model, whose states say
 * where in its word a character stands (begin, middle, end, single). Immutable; safe for use by
 * several threads.
 */
final class NewWords {
  private static final String RESOURCE = "emissions.tsv";

  /** In the order of their letters, by which equal probabilities are decided: the later wins. */
  private static final String STATES = "BEMS";

  private static final int BEGIN = 0;
  private static final int END = 1;
  private static final int MIDDLE = 2;
  private static final int SINGLE = 3;

  private static final double IMPOSSIBLE = -3.14e100;

  private static final double[] START = {
    -0.26268660809250016, IMPOSSIBLE, IMPOSSIBLE, -1.4652633398537678
  };

  /** The two states that may come before each, in the order of their letters. */
  private static final int[][] BEFORE = {
    {END, SINGLE}, {BEGIN, MIDDLE}, {BEGIN, MIDDLE}, {END, SINGLE}
  };

  /** The transitions' log-probabilities, beside {@link #BEFORE}. */
  private static final double[][] TRANSITION = {
    {-0.5897149736854513, -0.7211965654669841},
    {-0.510825623765990, -0.33344856811948514},
    {-0.916290731874155, -1.2603623820268226},
    {-0.8085250474669937, -0.6658631448798212}
  };

  private final double[][] emissions = new double[STATES.length()][LAST_HAN - FIRST_HAN + 1];

  private static final class Standard {
    static final NewWords INSTANCE = new NewWords();
  }

  /** The published model, read at the first call. */
  static NewWords standard() {
    return Standard.INSTANCE;
  }

  private NewWords() {
    for (double[] ofState : emissions) {
      Arrays.fill(ofState, IMPOSSIBLE);
    }
    try (InputStream file = NewWords.class.getResourceAsStream(RESOURCE)) {
      if (file == null) {
        throw Problem.ours("NO_WORD_MODEL", RESOURCE + " is not on the class path", null);
      }
      new BufferedReader(new InputStreamReader(file, UTF_8))
          .lines()
          .filter(line -> !line.startsWith("#"))
          .forEach(this::readLine);
    } catch (IOException e) {
      throw Problem.ours("NO_WORD_MODEL", RESOURCE + " cannot be read", e);
    }
  }

  private void readLine(String line) {
    int characters = line.indexOf('\t', 2) + 1;
    double[] ofState = emissions[STATES.indexOf(line.charAt(0))];
    double value = Double.parseDouble(line.substring(2, characters - 1));
    for (int i = characters; i < line.length(); i++) {
      if (Characters.isHan(line.charAt(i))) {
        ofState[line.charAt(i) - FIRST_HAN] = value;
      }
    }
  }

  /** Adds the words of {@code text} from {@code begin} until {@code end}. */
  void cut(String text, int begin, int end, List<String> words) {
    int from = begin;
    while (from < end) {
      int until = from;
      boolean han = Characters.isHan(text.charAt(from));
      while (until < end && Characters.isHan(text.charAt(until)) == han) {
        until++;
      }
      if (han) {
        cutHan(text, from, until, words);
      } else {
        cutOthers(text, from, until, words);
      }
      from = until;
    }
  }

  private void cutHan(String text, int begin, int end, List<String> words) {
    byte[] states = states(text, begin, end);
    int from = begin;
    for (int i = begin; i < end; i++) {
      switch (states[i - begin]) {
        case BEGIN -> from = i;
        case END, SINGLE -> {
          words.add(text.substring(from, i + 1));
          from = i + 1;
        }
        default -> {}
      }
    }
  }

  /** The likeliest states (Viterbi); the last is always an end or a single. */
  private byte[] states(String text, int begin, int end) {
    int length = end - begin;
    byte[][] cameFrom = new byte[length][STATES.length()];
    double[] likelihood = new double[STATES.length()];
    double[] next = new double[STATES.length()];
    for (int state = 0; state < likelihood.length; state++) {
      likelihood[state] = START[state] + emissions[state][text.charAt(begin) - FIRST_HAN];
    }
    for (int i = 1; i < length; i++) {
      int character = text.charAt(begin + i) - FIRST_HAN;
      for (int state = 0; state < next.length; state++) {
        int[] before = BEFORE[state];
        double emission = emissions[state][character];
        double first = likelihood[before[0]] + TRANSITION[state][0] + emission;
        double second = likelihood[before[1]] + TRANSITION[state][1] + emission;
        next[state] = Math.max(first, second);
        cameFrom[i][state] = (byte) (second >= first ? before[1] : before[0]);
      }
      double[] spare = likelihood;
      likelihood = next;
      next = spare;
    }
    byte[] states = new byte[length];
    states[length - 1] = (byte) (likelihood[SINGLE] >= likelihood[END] ? SINGLE : END);
    for (int i = length - 1; i > 0; i--) {
      states[i - 1] = cameFrom[i][states[i]];
    }
    return states;
  }

  /** Latin words and numbers, "3.14" and "50%" in one piece, and whatever stands between them. */
  private static void cutOthers(String text, int begin, int end, List<String> words) {
    int from = begin;
    for (int i = begin; i < end; ) {
      if (!Characters.isLatin(text.charAt(i))) {
        i++;
        continue;
      }
      if (i > from) {
        words.add(text.substring(from, i));
      }
      int until = numberEnd(text, i, end);
      words.add(text.substring(i, until));
      from = until;
      i = until;
    }
    if (end > from) {
      words.add(text.substring(from, end));
    }
  }

  /** Where a match of {@code [a-zA-Z0-9]+(\.\d+)?%?} ends. */
  private static int numberEnd(String text, int begin, int end) {
    int i = begin;
    while (i < end && Characters.isLatin(text.charAt(i))) {
      i++;
    }
    int digits = i + 1;
    while (digits < end && text.charAt(i) == '.' && Characters.isDigit(text.charAt(digits))) {
      digits++;
    }
    if (digits > i + 1) {
      i = digits;
    }
    return i < end && text.charAt(i) == '%' ? i + 1 : i;
  }
}
