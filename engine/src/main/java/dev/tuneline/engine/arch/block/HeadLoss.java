package dev.tuneline.engine.arch.block;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.AdaptedRows;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.TokenScore;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.kernel.Kernel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The cross-entropy of the LM head's logits, a few rows at a time: each part's backward comes
 * before the next part's logits, so that those of all rows, several gigabytes for large
 * vocabularies, never exist.
 */
public final class HeadLoss {
  /** What the logits of one part take in fp32. */
  private static final long LOGIT_BYTES = 64L << 20;

  private final Linear head;
  private final AdaptedRows rows;
  private final int[] targets;
  private final int atOnce;
  private final boolean kernel;

  /**
   * @param rows adapters of the rows that the head multiplies
   * @param targets one for each of these rows
   */
  HeadLoss(Linear head, AdaptedRows rows, int[] targets) {
    this(head, rows, targets, rowsAtOnce(head), true);
  }

  HeadLoss(Linear head, AdaptedRows rows, int[] targets, int atOnce, boolean kernel) {
    this.head = head;
    this.rows = rows;
    this.targets = targets;
    this.atOnce = atOnce;
    this.kernel = kernel && !rows.adapt(head);
  }

  /**
   * How many rows have logits at the same time, so that these take 64 MB. A trained head has a
   * gradient of its own size for each part: its parts are as large.
   */
  public static int rowsAtOnce(Linear head) {
    @Nullable PtNDArray weight = head.matrix().held();
    long gradient =
        weight != null && JniUtils.requiresGrad(weight) ? weight.size() * Float.BYTES : 0;
    long row = (long) head.out() * Float.BYTES;
    return Math.toIntExact(Math.max(1, Math.max(LOGIT_BYTES, gradient) / row));
  }

  /** Whether one kernel takes loss and gradient of a part, if {@code head} is not adapted. */
  public static boolean byKernel(Linear head) {
    return head.matrix().held() != null && head.bias() == null && !head.trained();
  }

  /** Of all rows of x [rows, hidden]; with gradient mode off. */
  TokenScore score(PtNDArray x) {
    double loss = 0;
    long hits = 0;
    for (int from = 0; from < targets.length; from += atOnce) {
      try (var _ = new Scope()) {
        PtNDArray rows = slice(x, from);
        PtNDArray logits = logits(rows, from);
        PtNDArray hit = JniUtils.eq(JniUtils.argMax(logits, 1, false), targets(rows, from));
        loss += Tensors.only(crossEntropy(logits, from));
        hits +=
            Math.round(
                Tensors.only(JniUtils.sum(JniUtils.to(hit, DataType.FLOAT32, hit.getDevice()))));
      }
    }
    return new TokenScore(loss, hits);
  }

  /**
   * The sum of the cross-entropies of all rows of x [rows, hidden], without dimensions; then goes
   * backward from it, through the head and through what x was computed from.
   *
   * @param scale gradient of the sum, without dimensions
   */
  PtNDArray backward(PtNDArray x, PtNDArray scale) {
    PtNDArray gradient;
    PtNDArray sum = Tensors.zeros(x.getManager());
    boolean further = Kernel.recorded(x);
    try (var _ = GradientMode.off()) {
      gradient = Tensors.empty(x.getManager(), DataType.FLOAT32, x.getShape().getShape());
      PtNDArray values = JniUtils.detachGradient(x);
      for (int from = 0; from < targets.length; from += atOnce) {
        try (Scope scope = new Scope()) {
          PtNDArray part =
              backward(slice(values, from), from, scale, slice(gradient, from), further);
          sum = scope.keep(JniUtils.add(sum, part));
        }
      }
    }
    if (further) {
      JniUtils.backward(x, gradient, false, false);
    }
    return sum;
  }

  /** The sum over some rows, whose gradient is written into {@code gradient} if it is needed. */
  private PtNDArray backward(
      PtNDArray x, int from, PtNDArray scale, PtNDArray gradient, boolean further) {
    @Nullable PtNDArray weight = head.matrix().held();
    if (kernel && weight != null && byKernel(head)) {
      return Kernel.HEAD_LOSS.run(x, weight, targets(x, from), scale, gradient);
    }
    PtNDArray sum;
    try (var _ = GradientMode.on()) {
      x.setRequiresGradient(further);
      sum = crossEntropy(logits(x, from), from);
    }
    JniUtils.backward(sum, scale, false, false);
    if (further) {
      Kernel.COPY.run(gradient, JniUtils.getGradient(x));
    }
    return sum;
  }

  private PtNDArray logits(PtNDArray x, int from) {
    int count = Math.toIntExact(x.getShape().get(0));
    return head.apply(x, rows.part(from, from + count));
  }

  /** The readable form of it: the sum over some rows, recorded when gradient mode is on. */
  private PtNDArray crossEntropy(PtNDArray logits, int from) {
    PtNDArray logProbabilities = JniUtils.logSoftmax(logits, -1, DataType.FLOAT32);
    PtNDArray index = JniUtils.unsqueeze(targets(logits, from), 1);
    return JniUtils.neg(JniUtils.sum(JniUtils.gather(logProbabilities, index, 1)));
  }

  private PtNDArray targets(PtNDArray x, int from) {
    PtNDManager manager = x.getManager();
    int count = Math.toIntExact(x.getShape().get(0));
    return Tensors.ofIndices(manager, Arrays.copyOfRange(targets, from, from + count));
  }

  private PtNDArray slice(PtNDArray x, int from) {
    int to = Math.min(targets.length, from + atOnce);
    return JniUtils.slice(x, 0, from, to, 1);
  }
}
