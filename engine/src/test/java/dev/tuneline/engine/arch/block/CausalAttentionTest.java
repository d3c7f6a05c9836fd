package dev.tuneline.engine.arch.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CausalAttentionTest {
  private static final int DIM = 6;

  /** Linear biases of slope 0 change nothing, and the kernel does not know them. */
  @ParameterizedTest
  @CsvSource({
    "4, 2, 7",
    "4, 4, 1 1 1",
    "6, 1, 5 5 9",
    "6, 2, 129 129 128",
    "2, 1, 300 2 300",
    "8, 2, 257 40 40 40 3"
  })
  void isWhatTheOperatorsCompute(int heads, int kvHeads, String segments) {
    List<Integer> lengths = Arrays.stream(segments.split(" ")).map(Integer::valueOf).toList();
    List<float[]> kernel = run(heads, kvHeads, lengths, null);
    List<float[]> operators = run(heads, kvHeads, lengths, Collections.nCopies(heads, 0f));
    for (int i = 0; i < kernel.size(); i++) {
      assertThat(kernel.get(i)).containsExactly(operators.get(i), within(1e-5f));
    }
  }

  /** The mixed values, and the gradients of queries, keys and values. */
  private static List<float[]> run(
      int heads, int kvHeads, List<Integer> lengths, @Nullable List<Float> slopes) {
    int rows = lengths.stream().mapToInt(Integer::intValue).sum();
    ModelShape shape = new ModelShape(1, heads * DIM, heads, kvHeads, DIM, 10, 512, 512);
    Random random = new Random(3);
    try (var _ = GradientMode.on();
        PtNDManager manager = Torch.newManager();
        Scope _ = new Scope()) {
      PtNDArray q = normal(random, manager, rows, heads);
      PtNDArray k = normal(random, manager, rows, kvHeads);
      PtNDArray v = normal(random, manager, rows, kvHeads);
      List<PtNDArray> inputs = List.of(q, k, v);
      inputs.forEach(x -> x.setRequiresGradient(true));
      Batch.Builder batch = Batch.builder();
      lengths.forEach(length -> batch.sequence(new int[length], null, null));
      Attention attention = new Attention(shape, batch.build(), Set.of(0), slopes, manager);
      PtNDArray mixed = attention.attend(0, 0, q, k, v);
      JniUtils.backward(
          mixed,
          JniUtils.reshape(normal(random, manager, rows, heads), shape(mixed)),
          false,
          false);
      List<float[]> results = new ArrayList<>(List.of(Tensors.floats(mixed)));
      inputs.forEach(x -> results.add(Tensors.floats(JniUtils.getGradient(x))));
      return results;
    }
  }

  private static long[] shape(PtNDArray x) {
    return x.getShape().getShape();
  }

  private static PtNDArray normal(Random random, PtNDManager manager, int rows, int heads) {
    float[] values = new float[rows * heads * DIM];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() / 4;
    }
    return Tensors.ofFloats(manager, values, rows, heads, DIM);
  }
}
