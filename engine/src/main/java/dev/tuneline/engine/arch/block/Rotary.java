package dev.tuneline.engine.arch.block;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.arch.Segment;
import dev.tuneline.engine.arch.rope.RopeScaling;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.kernel.Kernel;

/**
 * Rotary position embedding (Su et al. 2021) over the first {@code dim} elements of every head.
 *
 * <p>Angles are computed in fp32 as transformers does, so that long positions round alike.
 */
public final class Rotary {
  /** Which elements of a head turn together. */
  public enum Pairing {
    /** Element i with element i + dim/2 (GPT-NeoX, Llama). */
    HALVES,
    /** Element 2i with element 2i + 1 (GPT-J, GLM). */
    NEIGHBOURS
  }

  private final int dim;
  private final Pairing pairing;
  private final RopeScaling scaling;

  /**
   * @param dim how many leading elements of a head turn, even
   * @param scaling gives the frequencies
   */
  public Rotary(int dim, Pairing pairing, RopeScaling scaling) {
    if (dim < 2 || dim % 2 != 0) {
      throw new IllegalArgumentException("rotated width must be even: " + dim);
    }
    this.dim = dim;
    this.pairing = pairing;
    this.scaling = scaling;
  }

  /** The angles of one forward's rows: cos and signed sin, [rows, 1, dim] each. */
  public record Angles(PtNDArray cos, PtNDArray signedSin, int dim, Pairing pairing) {
    /** Rotates x [rows, heads, headDim]. */
    public PtNDArray rotate(PtNDArray x) {
      long width = x.getShape().get(2);
      if (width == dim) {
        return turn(x);
      }
      NDList parts = JniUtils.split(x, new long[] {dim, width - dim}, 2);
      PtNDArray[] joined = {turn((PtNDArray) parts.get(0)), (PtNDArray) parts.get(1)};
      return JniUtils.cat(joined, 2);
    }

    private PtNDArray turn(PtNDArray x) {
      return switch (pairing) {
        case HALVES -> Kernel.ROTATE_HALVES.run(x, cos, signedSin);
        case NEIGHBOURS ->
            JniUtils.add(JniUtils.mul(x, cos), JniUtils.mul(neighbours(x), signedSin));
      };
    }

    /** Neighbours exchanged; one split, as a slice's backward fills it all. */
    private static PtNDArray neighbours(PtNDArray x) {
      long[] shape = x.getShape().getShape();
      PtNDArray pairs = JniUtils.reshape(x, new long[] {shape[0], shape[1], shape[2] / 2, 2});
      NDList two = JniUtils.split(pairs, 1, 3);
      PtNDArray[] swapped = {(PtNDArray) two.get(1), (PtNDArray) two.get(0)};
      return JniUtils.reshape(JniUtils.cat(swapped, 3), shape);
    }
  }

  /** The angles of the rows of {@code batch}. */
  Angles at(Batch batch, PtNDManager manager) {
    float[] cos = new float[batch.size() * dim];
    float[] sin = new float[batch.size() * dim];
    for (Segment segment : batch.segments()) {
      float[] frequencies = scaling.inverseFrequencies(batch.span(segment));
      for (int row = 0; row < segment.length(); row++) {
        int position = segment.firstPosition() + row;
        int at = (segment.start() + row) * dim;
        for (int i = 0; i < dim / 2; i++) {
          float angle = position * frequencies[i];
          set(cos, sin, at, i, angle);
        }
      }
    }
    return new Angles(
        Tensors.ofFloats(manager, cos, batch.size(), 1, dim),
        Tensors.ofFloats(manager, sin, batch.size(), 1, dim),
        dim,
        pairing);
  }

  private void set(float[] cos, float[] sin, int at, int i, float angle) {
    int first = at + (pairing == Pairing.HALVES ? i : 2 * i);
    int second = at + (pairing == Pairing.HALVES ? i + dim / 2 : 2 * i + 1);
    float c = (float) (Math.cos(angle) * scaling.attentionFactor());
    float s = (float) (Math.sin(angle) * scaling.attentionFactor());
    cos[first] = c;
    cos[second] = c;
    sin[first] = -s;
    sin[second] = s;
  }
}
