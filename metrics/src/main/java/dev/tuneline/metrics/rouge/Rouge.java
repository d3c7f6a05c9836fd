package dev.tuneline.metrics.rouge;

import dev.tuneline.errors.Problem;
import dev.tuneline.metrics.ngram.NgramOverlap;
import dev.tuneline.metrics.text.PythonText;
import dev.tuneline.metrics.text.Words;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Pattern;

/**
 * ROUGE-1, ROUGE-2 and ROUGE-L in one of the two conventions that people quote. Both count distinct
 * n-grams, over the words of all sentences in a row; they differ in where sentences end and in
 * ROUGE-L.
 *
 * <p>Both take text whose words are parted by white space, as the libraries do: Chinese must be cut
 * into words or characters first. Safe for use by several threads.
 */
public enum Rouge {
  /** {@code rouge_chinese} 1.0.3: ROUGE-L is the longest common subsequence of the whole texts. */
  CHINESE {
    @Override
    List<String> sentences(String text) {
      String lines = text;
      for (Pattern end : CHINESE_ENDS) {
        lines = end.matcher(lines).replaceAll("$1\n$2");
      }
      return Arrays.asList(PythonText.stripTrailing(lines).split("\n", -1));
    }

    @Override
    Score longest(List<int[]> answer, List<int[]> reference) {
      return RougeL.of(joined(answer), joined(reference));
    }
  },

  /**
   * {@code rouge} 1.0.1 by pltrdy: sentences end at full stops, and ROUGE-L counts the distinct
   * words that are in a longest common subsequence of any two sentences.
   */
  PLTRDY {
    @Override
    List<String> sentences(String text) {
      return Arrays.asList(text.split("\\.", -1));
    }

    @Override
    Score longest(List<int[]> answer, List<int[]> reference) {
      BitSet common = new BitSet();
      for (int[] ofReference : reference) {
        for (int[] ofAnswer : answer) {
          CommonSubsequence.addMembers(ofReference, ofAnswer, common);
        }
      }
      return Score.of(common.cardinality(), distinct(answer), distinct(reference));
    }
  };

  private static final List<Pattern> CHINESE_ENDS =
      List.of(
          Pattern.compile("([。！？?])([^”’])"),
          Pattern.compile("(\\.{6})([^”’])"),
          Pattern.compile("(…{2})([^”’])"),
          Pattern.compile("([。！？?][”’])([^，。！？?])"));

  abstract List<String> sentences(String text);

  abstract Score longest(List<int[]> answer, List<int[]> reference);

  /**
   * Scores an answer over words.
   *
   * @throws Problem EMPTY_HYPOTHESIS or EMPTY_REFERENCE where the library raises its error
   */
  public RougeScores score(List<String> answer, List<String> reference) {
    return score(String.join(" ", answer), String.join(" ", reference));
  }

  /**
   * Scores an answer whose words are parted by white space.
   *
   * @throws Problem EMPTY_HYPOTHESIS or EMPTY_REFERENCE where the library raises its error
   */
  public RougeScores score(String answer, String reference) {
    Words words = new Words();
    List<int[]> said = numbered(answer, words);
    List<int[]> meant = numbered(reference, words);
    if (said.isEmpty()) {
      throw Problem.caller("EMPTY_HYPOTHESIS", "Hypothesis is empty.");
    }
    if (meant.isEmpty()) {
      throw Problem.caller("EMPTY_REFERENCE", "Reference is empty.");
    }
    List<NgramOverlap> overlaps = NgramOverlap.of(joined(said), joined(meant), 2);
    return new RougeScores(
        distinct(overlaps.get(0)), distinct(overlaps.get(1)), longest(said, meant));
  }

  /** {@link #score(List, List)}, with zeros where a side is empty. */
  public RougeScores scoreOrZero(List<String> answer, List<String> reference) {
    try {
      return score(answer, reference);
    } catch (Problem problem) {
      return RougeScores.ZERO;
    }
  }

  /** Each sentence's words; like the libraries, one empty word for a sentence of white space. */
  private List<int[]> numbered(String text, Words words) {
    return sentences(text).stream()
        .filter(sentence -> !sentence.isEmpty())
        .map(PythonText::split)
        .map(split -> words.number(split.isEmpty() ? List.of("") : split))
        .toList();
  }

  private static Score distinct(NgramOverlap overlap) {
    return Score.of(
        overlap.distinctCommon(), overlap.distinctOfAnswer(), overlap.distinctOfReference());
  }

  private static int[] joined(List<int[]> sentences) {
    return sentences.stream().flatMapToInt(Arrays::stream).toArray();
  }

  private static int distinct(List<int[]> sentences) {
    return (int) sentences.stream().flatMapToInt(Arrays::stream).distinct().count();
  }
}
