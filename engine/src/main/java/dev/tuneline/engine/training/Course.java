package dev.tuneline.engine.training;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What a job remembers of its course between two steps, beside the tensors. Best step, early
 * stopping and schedule follow from it, so that they are the same after a resume.
 *
 * @param evaluations oldest first
 * @param meanLoss of the newest steps, each weighing 0.9 of the one after it; 0 before the first
 * @param split parts that a micro-batch is computed in, a power of 2: what memory did not suffice
 *     for was halved
 * @param span see {@link RotarySpan}
 */
public record Course(List<Evaluation> evaluations, double meanLoss, int split, int span) {
  /** Nothing has happened yet. */
  public static final Course START = new Course(List.of(), 0, 1, 0);

  private static final double KEPT = 0.9;

  public Course {
    evaluations = List.copyOf(evaluations);
    if (split < 1 || span < 0) {
      throw new IllegalArgumentException("split " + split + ", span " + span);
    }
  }

  /** The evaluation with the lowest loss, the first of equals; one that is no number never is. */
  public Optional<Evaluation> best() {
    return evaluations.stream()
        .filter(evaluation -> evaluation.loss() < Double.POSITIVE_INFINITY)
        .min(Comparator.comparingDouble(Evaluation::loss));
  }

  /**
   * How many evaluations in a row, up to the newest, were not better than all before them by more
   * than {@code threshold}; transformers' EarlyStoppingCallback counts so.
   */
  public int stalled(double threshold) {
    double best = Double.POSITIVE_INFINITY;
    int stalled = 0;
    for (Evaluation evaluation : evaluations) {
      stalled = best - evaluation.loss() > threshold ? 0 : stalled + 1;
      best = Math.min(best, Double.isNaN(evaluation.loss()) ? best : evaluation.loss());
    }
    return stalled;
  }

  List<Double> validationLosses() {
    return evaluations.stream().map(Evaluation::loss).toList();
  }

  Course evaluated(Evaluation evaluation, int spanned) {
    List<Evaluation> all = new ArrayList<>(evaluations);
    all.add(evaluation);
    return new Course(all, meanLoss, split, spanned);
  }

  Course trained(double loss, int spanned) {
    double mean = meanLoss == 0 ? loss : KEPT * meanLoss + (1 - KEPT) * loss;
    return new Course(evaluations, mean, split, spanned);
  }

  Course halved() {
    return new Course(evaluations, meanLoss, 2 * split, span);
  }
}
