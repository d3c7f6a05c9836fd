package dev.tuneline.metrics.classification;

import dev.tuneline.errors.Problem;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Predicted labels against gold labels, with the figures of scikit-learn's {@code accuracy_score},
 * {@code precision_recall_fscore_support} (zero_division=0) and {@code confusion_matrix}.
 * Immutable.
 */
public final class Classification {
  private final List<String> labels;
  private final int[][] confusion;
  private final int examples;

  private Classification(List<String> labels, int[][] confusion, int examples) {
    this.labels = labels;
    this.confusion = confusion;
    this.examples = examples;
  }

  /**
   * Compares one prediction with one gold label after the other.
   *
   * @throws Problem LABELS_DO_NOT_PAIR when there are not as many of both, NO_LABELS without any
   */
  public static Classification of(List<String> gold, List<String> predicted) {
    if (gold.size() != predicted.size()) {
      throw Problem.caller(
          "LABELS_DO_NOT_PAIR",
          "%d gold labels and %d predicted ones".formatted(gold.size(), predicted.size()));
    }
    if (gold.isEmpty()) {
      throw Problem.caller("NO_LABELS", "there is no label to compare");
    }
    List<String> labels =
        Stream.concat(gold.stream(), predicted.stream())
            .distinct()
            .sorted(Classification::byCodePoint)
            .toList();
    int[][] confusion = new int[labels.size()][labels.size()];
    for (int i = 0; i < gold.size(); i++) {
      int row = index(labels, gold.get(i));
      confusion[row][index(labels, predicted.get(i))]++;
    }
    return new Classification(labels, confusion, gold.size());
  }

  private static int index(List<String> labels, String label) {
    return Collections.binarySearch(labels, label, Classification::byCodePoint);
  }

  private static int byCodePoint(String a, String b) {
    return Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
  }

  /** All labels, gold and predicted, in the order of their code points. */
  public List<String> labels() {
    return labels;
  }

  /** How often {@code gold} was predicted as {@code predicted}; indices into {@link #labels()}. */
  public int confusion(int gold, int predicted) {
    return confusion[gold][predicted];
  }

  /** How many examples have the label in the gold. */
  public int support(int label) {
    return Arrays.stream(confusion[label]).sum();
  }

  /** The share of right predictions. */
  public double accuracy() {
    return PrecisionRecall.share(right(), examples);
  }

  public PrecisionRecall ofLabel(int label) {
    return PrecisionRecall.of(confusion[label][label], predicted(label), support(label));
  }

  /** Over all predictions alike. */
  public PrecisionRecall micro() {
    return PrecisionRecall.of(right(), examples, examples);
  }

  /** The mean over labels. */
  public PrecisionRecall macro() {
    return average(_ -> 1.0 / labels.size());
  }

  /** The mean over labels, each as often as its gold has it. */
  public PrecisionRecall weighted() {
    return average(label -> PrecisionRecall.share(support(label), examples));
  }

  private PrecisionRecall average(IntToDoubleFunction weight) {
    double precision = 0;
    double recall = 0;
    double f1 = 0;
    for (int label = 0; label < labels.size(); label++) {
      PrecisionRecall score = ofLabel(label);
      precision += weight.applyAsDouble(label) * score.precision();
      recall += weight.applyAsDouble(label) * score.recall();
      f1 += weight.applyAsDouble(label) * score.f1();
    }
    return new PrecisionRecall(precision, recall, f1);
  }

  private int right() {
    return IntStream.range(0, labels.size()).map(label -> confusion[label][label]).sum();
  }

  private int predicted(int label) {
    return Arrays.stream(confusion).mapToInt(row -> row[label]).sum();
  }
}
