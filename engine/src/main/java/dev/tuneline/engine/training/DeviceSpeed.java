package dev.tuneline.engine.training;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.precision.Nf4Tensor;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import dev.tuneline.engine.tensor.kernel.Kernel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * How fast training goes on this device, from products of matrices that take a quarter of a second.
 *
 * @param flopsPerSecond floating point operations of training's products
 * @param dequantisedPerSecond weights that are made out of four bits
 */
public record DeviceSpeed(double flopsPerSecond, double dequantisedPerSecond) {
  private static final int ROWS = 512;
  private static final int WIDTH = 1_024;
  private static final int REPEATS = 9;
  private static final double NANOS_PER_SECOND = 1e9;

  /** What of a bare product's speed a whole step reaches; fitted, see docs/training.md. */
  private static final double EFFICIENCY = 0.7;

  /** The same where products are fast and all that is between them stays in fp32. */
  private static final double BF16_EFFICIENCY = 0.4;

  /** Measures with as many threads as training uses; nothing else should use the device. */
  public static DeviceSpeed measure(Precision precision) {
    try (PtNDManager manager = Torch.newManager();
        var _ = GradientMode.off();
        var _ = new Scope()) {
      PtNDArray x = Tensors.zeros(manager, ROWS, WIDTH);
      Supplier<PtNDArray> product;
      if (precision == Precision.BF16) {
        PtNDArray weight =
            Tensors.filledBfloat16(manager, memory -> memory.fill((byte) 0), WIDTH, WIDTH);
        product = () -> Kernel.LINEAR_BF16.run(x, weight);
      } else {
        PtNDArray weight = Tensors.zeros(manager, WIDTH, WIDTH);
        product = () -> JniUtils.linear(x, weight, null);
      }
      double flops = 2.0 * ROWS * WIDTH * WIDTH / seconds(product);
      return new DeviceSpeed(
          (precision == Precision.BF16 ? BF16_EFFICIENCY : EFFICIENCY) * flops,
          precision == Precision.NF4 ? dequantised(manager) : Double.POSITIVE_INFINITY);
    }
  }

  private static double dequantised(PtNDManager manager) {
    try (Arena arena = Arena.ofConfined()) {
      long count = (long) WIDTH * WIDTH;
      MemorySegment zeros = arena.allocate(count * Float.BYTES, Float.BYTES);
      Nf4Tensor tensor =
          Nf4Tensor.quantise(
              zeros, List.of((long) WIDTH, (long) WIDTH), Nf4Tensor.Tables.in(manager), manager);
      return count / seconds(tensor::dequantise);
    }
  }

  /** The median of some runs, after one that does not count. */
  private static double seconds(Supplier<PtNDArray> work) {
    double[] seconds = new double[REPEATS];
    for (int i = -1; i < REPEATS; i++) {
      long start = System.nanoTime();
      try (Scope _ = new Scope()) {
        // A GPU has done its work when a value is asked for.
        var _ = Tensors.only(JniUtils.sum(work.get()));
      }
      if (i >= 0) {
        seconds[i] = (System.nanoTime() - start) / NANOS_PER_SECOND;
      }
    }
    Arrays.sort(seconds);
    return seconds[REPEATS / 2];
  }
}
