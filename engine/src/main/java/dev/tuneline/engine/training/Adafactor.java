package dev.tuneline.engine.training;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * Adafactor (Shazeer and Stern 2018) as transformers' Trainer sets it up for {@code
 * optim="adafactor"}: the schedule's rate, neither scaled by parameters nor relative to the step,
 * and no first moment.
 *
 * <p>Of a parameter with two or more dimensions it remembers the mean squares of rows and columns
 * of the last two.
 */
public final class Adafactor implements Optimizer {
  private static final double EPSILON = 1e-30;
  private static final double CLIP_THRESHOLD = 1;
  private static final double DECAY_RATE = -0.8;

  private final OptimizerSpec spec;
  private final PtNDManager manager = Torch.newManager();
  private final SequencedMap<String, PtNDArray> moments = new LinkedHashMap<>();

  /** Zero moments for {@code parameters}. */
  public Adafactor(OptimizerSpec spec, Map<String, PtNDArray> parameters) {
    this.spec = spec;
    parameters.forEach(
        (name, parameter) -> {
          long[] shape = parameter.getShape().getShape();
          int n = shape.length;
          if (n < 2) {
            zeros("squares." + name, shape);
            return;
          }
          long[] columns = Arrays.copyOf(shape, n - 1);
          columns[n - 2] = shape[n - 1];
          zeros("rows." + name, Arrays.copyOf(shape, n - 1));
          zeros("columns." + name, columns);
        });
  }

  private void zeros(String name, long[] shape) {
    moments.put(name, Scope.own(Tensors.zeros(manager, shape)));
  }

  @Override
  public void update(
      String name,
      PtNDArray parameter,
      PtNDArray gradient,
      int step,
      double learningRate,
      double gradientScale,
      boolean decay) {
    try (Scope _ = new Scope()) {
      double kept = 1 - Math.pow(step + 1, DECAY_RATE);
      PtNDArray clipped = JniUtils.mul(gradient, number(gradientScale));
      PtNDArray squares = JniUtils.add(JniUtils.square(clipped), number(EPSILON));
      PtNDArray update =
          parameter.getShape().dimension() < 2
              ? JniUtils.div(clipped, JniUtils.sqrt(average("squares." + name, squares, kept)))
              : factored(name, clipped, squares, kept);
      double excess = Math.max(1, rootMeanSquare(update) / CLIP_THRESHOLD);
      if (decay && spec.weightDecay() != 0) {
        JniUtils.muli(parameter, number(1 - spec.weightDecay() * learningRate));
      }
      JniUtils.subi(parameter, JniUtils.mul(update, number(learningRate / excess)));
    }
  }

  /** gradient / sqrt(rows x columns / mean of rows). */
  private PtNDArray factored(String name, PtNDArray gradient, PtNDArray squares, double kept) {
    PtNDArray rows = average("rows." + name, JniUtils.mean(squares, -1, false), kept);
    PtNDArray columns = average("columns." + name, JniUtils.mean(squares, -2, false), kept);
    PtNDArray row = JniUtils.sqrt(JniUtils.div(rows, JniUtils.mean(rows, -1, true)));
    PtNDArray divided = JniUtils.div(gradient, JniUtils.unsqueeze(row, -1)); // [.., rows, columns]
    return JniUtils.div(divided, JniUtils.unsqueeze(JniUtils.sqrt(columns), -2));
  }

  private PtNDArray average(String moment, PtNDArray now, double kept) {
    PtNDArray average = Objects.requireNonNull(moments.get(moment), moment);
    JniUtils.muli(average, number(kept));
    JniUtils.addi(average, JniUtils.mul(now, number(1 - kept)));
    return average;
  }

  private static double rootMeanSquare(PtNDArray array) {
    return Math.sqrt(Tensors.only(JniUtils.mean(JniUtils.square(array))));
  }

  private PtNDArray number(double value) {
    return Tensors.scalar(manager, value);
  }

  /** The moments by the names {@code rows.}, {@code columns.} and {@code squares.<parameter>}. */
  @Override
  public SequencedMap<String, PtNDArray> moments() {
    return Collections.unmodifiableSequencedMap(moments);
  }

  @Override
  public void close() {
    manager.close();
  }
}
