package dev.tuneline.engine.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Kernels against the operators that say what they compute: values and gradients. */
class KernelTest {
  @Test
  void siluIsXTimesItsSigmoid() {
    assertSame(
        x -> Kernel.SILU.run(x.getFirst()),
        x -> JniUtils.mul(x.getFirst(), JniUtils.sigmoid(x.getFirst())),
        new long[][] {{5, 7}});
  }

  @Test
  void rmsNormDividesByTheRootOfTheMeanSquare() {
    for (double epsilon : new double[] {1e-6, 0.5}) {
      assertSame(
          x -> Kernel.RMS_NORM.run(x.get(0), x.get(1), epsilon(x, epsilon)),
          x -> {
            PtNDArray meanSquare = JniUtils.mean(JniUtils.square(x.get(0)), -1, true);
            PtNDArray root = JniUtils.sqrt(JniUtils.add(meanSquare, epsilon(x, epsilon)));
            return JniUtils.mul(JniUtils.div(x.get(0), root), x.get(1));
          },
          new long[][] {{6, 3, 10}, {10}});
    }
  }

  @Test
  void rmsNormOfZerosIsZero() {
    try (PtNDManager manager = Torch.newManager();
        Scope _ = new Scope()) {
      PtNDArray x = Tensors.zeros(manager, 2, 4);
      PtNDArray weight = Tensors.ofFloats(manager, new float[] {1, 2, 3, 4}, 4);
      assertThat(Tensors.floats(Kernel.RMS_NORM.run(x, weight, Tensors.scalar(manager, 1e-6))))
          .containsOnly(0);
    }
  }

  @Test
  void rotateHalvesTurnsElementsHalfAWidthApart() {
    assertSame(
        x -> Kernel.ROTATE_HALVES.run(x.get(0), x.get(1), x.get(2)),
        x -> {
          NDList halves = JniUtils.split(x.get(0), 4, 2);
          PtNDArray[] swapped = {(PtNDArray) halves.get(1), (PtNDArray) halves.get(0)};
          return JniUtils.add(
              JniUtils.mul(x.get(0), x.get(1)), JniUtils.mul(JniUtils.cat(swapped, 2), x.get(2)));
        },
        new long[][] {{5, 3, 8}, {5, 1, 8}, {5, 1, 8}});
  }

  @Test
  void addProductAddsWhatTheFactorSays() {
    assertSame(
        x -> Kernel.ADD_PRODUCT.run(copy(x.get(0)), x.get(1), x.get(2), half(x)),
        x -> {
          PtNDArray product = JniUtils.linear(x.get(1), x.get(2), null);
          return JniUtils.add(x.get(0), JniUtils.mul(product, half(x)));
        },
        new long[][] {{6, 7}, {6, 2}, {7, 2}});
  }

  /** A leaf cannot be overwritten while it is recorded. */
  private static PtNDArray copy(PtNDArray x) {
    return JniUtils.mul(x, Tensors.scalar(x.getManager(), 1));
  }

  private static PtNDArray half(List<PtNDArray> x) {
    return Tensors.scalar(x.getFirst().getManager(), 0.5);
  }

  private static PtNDArray epsilon(List<PtNDArray> x, double value) {
    return Tensors.scalar(x.getFirst().getManager(), value);
  }

  private static void assertSame(
      Function<List<PtNDArray>, PtNDArray> kernel,
      Function<List<PtNDArray>, PtNDArray> operators,
      long[][] shapes) {
    List<float[]> actual = run(kernel, shapes);
    List<float[]> expected = run(operators, shapes);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i)).containsExactly(expected.get(i), within(2e-6f));
    }
  }

  /** The result and the gradients of all inputs. */
  private static List<float[]> run(
      Function<List<PtNDArray>, PtNDArray> computation, long[][] shapes) {
    Random random = new Random(9);
    try (var _ = GradientMode.on();
        PtNDManager manager = Torch.newManager();
        Scope _ = new Scope()) {
      List<PtNDArray> inputs = new ArrayList<>();
      for (long[] shape : shapes) {
        inputs.add(normal(random, manager, shape));
        inputs.getLast().setRequiresGradient(true);
      }
      PtNDArray y = computation.apply(inputs);
      JniUtils.backward(y, normal(random, manager, y.getShape().getShape()), false, false);
      List<float[]> results = new ArrayList<>(List.of(Tensors.floats(y)));
      inputs.forEach(x -> results.add(Tensors.floats(JniUtils.getGradient(x))));
      return results;
    }
  }

  private static PtNDArray normal(Random random, PtNDManager manager, long... shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    float[] values = new float[(int) count];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensors.ofFloats(manager, values, shape);
  }
}
