package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.kernel.Kernel;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What an adapter adds to a projection of rows x: factor * B A (x * mask).
 *
 * @param a [rank, in]; backward can go through it if it is trained
 * @param b [out, rank]; the same
 * @param factor without dimensions
 * @param mask makes the dropout mask of rows like those that it is given, the same each time; null
 *     for no dropout
 */
public record LowRank(
    PtNDArray a, PtNDArray b, PtNDArray factor, @Nullable UnaryOperator<PtNDArray> mask) {
  /** Whether anything of it is trained. */
  public boolean trained() {
    return trained(a) || trained(b);
  }

  /** Whether backward reaches a factor: one that is computed from what is trained is no leaf. */
  public static boolean trained(PtNDArray factor) {
    return JniUtils.requiresGrad(factor) || Kernel.recorded(factor);
  }
}
