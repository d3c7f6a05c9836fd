package dev.tuneline.engine.arch;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.Tensors;
import java.util.Arrays;

/**
 * Rotary position embedding over the two halves of a head (Su et al. 2021, GPT-NeoX layout).
 *
 * <p>Angles are computed in fp32 as transformers does, so that long positions round alike.
 */
public final class Rotary {
  private final int dim;
  private final float[] inverseFrequencies;
  private float[] cos = new float[0];
  private float[] sin = new float[0];

  /**
   * @param dim width of a head, even
   * @param theta base of the frequencies
   */
  public Rotary(int dim, double theta) {
    if (dim < 2 || dim % 2 != 0) {
      throw new IllegalArgumentException("head width must be even: " + dim);
    }
    this.dim = dim;
    this.inverseFrequencies = new float[dim / 2];
    for (int i = 0; i < inverseFrequencies.length; i++) {
      inverseFrequencies[i] = 1f / (float) Math.pow(theta, (float) (2 * i) / dim);
    }
  }

  /** The angles of one forward's rows: cos and signed sin, [rows, 1, dim] each. */
  public record Angles(PtNDArray cos, PtNDArray signedSin, int dim) {
    /** Rotates x [rows, heads, dim]. */
    public PtNDArray rotate(PtNDArray x) {
      // One split, not two slices: the backward of a slice fills a whole gradient.
      NDList halves = JniUtils.split(x, dim / 2, 2);
      PtNDArray[] exchanged = {(PtNDArray) halves.get(1), (PtNDArray) halves.get(0)};
      PtNDArray swapped = JniUtils.cat(exchanged, 2);
      return JniUtils.add(JniUtils.mul(x, cos), JniUtils.mul(swapped, signedSin));
    }
  }

  /** The angles at {@code positions}. */
  public Angles at(int[] positions, PtNDManager manager) {
    float[] c = new float[positions.length * dim];
    float[] s = new float[positions.length * dim];
    synchronized (this) {
      grow(Arrays.stream(positions).max().orElse(0) + 1);
      for (int row = 0; row < positions.length; row++) {
        System.arraycopy(cos, positions[row] * dim, c, row * dim, dim);
        System.arraycopy(sin, positions[row] * dim, s, row * dim, dim);
      }
    }
    return new Angles(
        Tensors.ofFloats(manager, c, positions.length, 1, dim),
        Tensors.ofFloats(manager, s, positions.length, 1, dim),
        dim);
  }

  private void grow(int positions) {
    int known = cos.length / dim;
    if (positions <= known) {
      return;
    }
    int size = Math.max(positions, Math.max(64, 2 * known));
    cos = Arrays.copyOf(cos, size * dim);
    sin = Arrays.copyOf(sin, size * dim);
    for (int position = known; position < size; position++) {
      for (int i = 0; i < dim / 2; i++) {
        float angle = position * inverseFrequencies[i];
        int at = position * dim + i;
        cos[at] = (float) Math.cos(angle);
        cos[at + dim / 2] = cos[at];
        sin[at] = (float) -Math.sin(angle);
        sin[at + dim / 2] = (float) Math.sin(angle);
      }
    }
  }
}
