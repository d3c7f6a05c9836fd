package dev.tuneline.engine.adapter.lora;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.adapter.module.Initial;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.kernel.Kernel;
import java.util.SplittableRandom;

/**
 * A low-rank matrix, scaling * B A.
 *
 * @param a [rank, in]
 * @param b [out, rank]
 * @param factor {@code scaling} without dimensions
 */
record Factors(PtNDArray a, PtNDArray b, double scaling, PtNDArray factor) {
  static Factors zeros(int rank, int in, int out, double scaling, PtNDManager manager) {
    return new Factors(
        Scope.own(Tensors.zeros(manager, rank, in)),
        Scope.own(Tensors.zeros(manager, out, rank)),
        scaling,
        Scope.own(Tensors.scalar(manager, scaling)));
  }

  /** The values with which PEFT begins over a projection. */
  void initialise(LoraConfig.Init init, SplittableRandom random) {
    double rank = a.getShape().get(0);
    // Kaiming's bound with a = sqrt 5 is 1 / sqrt(in).
    double bound = 1 / Math.sqrt((double) a.getShape().get(1));
    switch (init) {
      case KAIMING -> Initial.uniform(a, bound, random);
      case GAUSSIAN -> Initial.normal(a, 1 / rank, random);
      case NOT_ZERO -> {
        Initial.uniform(a, bound, random);
        Initial.uniform(b, 1 / Math.sqrt(rank), random);
      }
      case ORTHOGONAL -> OrthogonalStart.write(a, b, random);
    }
  }

  /** y + scaling * B A x for rows x [rows, in] and y [rows, out]. */
  PtNDArray add(PtNDArray x, PtNDArray y) {
    PtNDArray low = JniUtils.mul(JniUtils.linear(x, a, null), factor); // [rows, rank]
    // A full-shape "bias" makes the sum part of the product.
    return JniUtils.linear(low, b, y);
  }

  /** Overwrites y [rows, out] with y + scaling * B A x for rows x [rows, in]. */
  PtNDArray addInto(PtNDArray y, PtNDArray x) {
    try (Scope _ = new Scope()) {
      PtNDArray low = JniUtils.linear(x, a, null); // [rows, rank]
      Kernel.ADD_PRODUCT.run(y, low, b, factor);
      return y;
    }
  }

  /** weight + scaling * B A, [out, in]. */
  PtNDArray addTo(PtNDArray weight) {
    return JniUtils.add(weight, JniUtils.mul(JniUtils.matmul(b, a), factor));
  }
}
