package dev.tuneline.engine.chat;

/**
 * An example as a model trains on it: ids, and for each the label that the model must predict
 * there.
 *
 * <p>{@code labels[i]} is {@code inputIds[i]} where the token is trained and {@link #IGNORED}
 * elsewhere; the shift by one is the loss's work. The arrays belong to the record: do not write.
 *
 * @param inputIds token ids, at most the length asked for
 * @param labels as long as {@code inputIds}
 * @param truncatedTokens how many tokens did not fit and were cut from the end
 */
@SuppressWarnings("ArrayRecordComponent") // hot path: millions of ids, compared by nobody
public record EncodedExample(int[] inputIds, int[] labels, int truncatedTokens) {
  /** The label of a token that carries no loss. */
  public static final int IGNORED = -100;

  public EncodedExample {
    if (inputIds.length != labels.length) {
      throw new IllegalArgumentException(inputIds.length + " ids but " + labels.length + " labels");
    }
  }

  public int length() {
    return inputIds.length;
  }

  /** How many tokens are trained; an example with none teaches nothing and must be refused. */
  public int trainedTokens() {
    int trained = 0;
    for (int label : labels) {
      if (label != IGNORED) {
        trained++;
      }
    }
    return trained;
  }

  public boolean truncated() {
    return truncatedTokens > 0;
  }
}
