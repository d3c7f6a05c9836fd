package dev.tuneline.engine.training;

import java.util.Arrays;

/**
 * A tokenised example: token ids and, for each, the id it is trained towards or {@link #IGNORED}.
 *
 * <p>Labels are aligned with the ids, not shifted, as in transformers: position i is predicted from
 * the positions before it, so the first label never counts.
 */
public final class TrainingExample {
  /** The label of a token that is not trained: prompts, and what is masked. */
  public static final int IGNORED = -100;

  private final int[] ids;
  private final int[] labels;

  /** An example of equally many ids and labels, at least one. */
  public TrainingExample(int[] ids, int[] labels) {
    if (ids.length == 0 || ids.length != labels.length) {
      throw new IllegalArgumentException(ids.length + " ids and " + labels.length + " labels");
    }
    this.ids = ids.clone();
    this.labels = labels.clone();
  }

  /** An example whose prompt is masked and whose completion is trained. */
  public static TrainingExample of(int[] prompt, int[] completion) {
    int[] ids = Arrays.copyOf(prompt, prompt.length + completion.length);
    System.arraycopy(completion, 0, ids, prompt.length, completion.length);
    int[] labels = ids.clone();
    Arrays.fill(labels, 0, prompt.length, IGNORED);
    return new TrainingExample(ids, labels);
  }

  /** An example of plain text: every token but the first is trained. */
  public static TrainingExample ofText(int[] ids) {
    return new TrainingExample(ids, ids);
  }

  public int[] ids() {
    return ids.clone();
  }

  public int[] labels() {
    return labels.clone();
  }

  /** Number of tokens. */
  public int length() {
    return ids.length;
  }

  /**
   * Number of leading tokens that a forward needs: what follows the last label influences no loss,
   * and the last label itself is only predicted. 0 when nothing is trained.
   */
  public int neededTokens() {
    int last = labels.length - 1;
    while (last > 0 && labels[last] == IGNORED) {
      last--;
    }
    return last;
  }

  /** Number of trained tokens. */
  public int labelTokens() {
    int count = 0;
    for (int i = 1; i < labels.length; i++) {
      count += labels[i] == IGNORED ? 0 : 1;
    }
    return count;
  }
}
