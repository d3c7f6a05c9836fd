package dev.tuneline.engine.adapter.lora;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.tensor.Tensors;
import java.util.SplittableRandom;

/**
 * PEFT's {@code init_lora_weights="orthogonal"}: A's columns lie in the span of half the rows of a
 * random orthogonal matrix and B's rows in that of the other half, so that B A is zero though
 * neither is.
 */
final class OrthogonalStart {
  private static final double SIZE = 0.1;

  private OrthogonalStart() {}

  /**
   * Writes both factors.
   *
   * @param a [rank, in]; the rank is even
   * @param b [out, rank]
   */
  static void write(PtNDArray a, PtNDArray b, SplittableRandom random) {
    int rank = Math.toIntExact(a.getShape().get(0));
    int in = Math.toIntExact(a.getShape().get(1));
    int out = Math.toIntExact(b.getShape().get(0));
    double[][] basis = orthonormal(rank, random);
    float[] columns = new float[rank * in];
    for (int j = 0; j < in; j++) {
      double[] mix = mix(basis, 0, random);
      for (int i = 0; i < rank; i++) {
        columns[i * in + j] = (float) mix[i];
      }
    }
    float[] rows = new float[out * rank];
    for (int j = 0; j < out; j++) {
      double[] mix = mix(basis, 1, random);
      for (int i = 0; i < rank; i++) {
        rows[j * rank + i] = (float) mix[i];
      }
    }
    Tensors.write(a, columns);
    Tensors.write(b, rows);
  }

  /** A random sum of every second row from {@code first}. */
  private static double[] mix(double[][] basis, int first, SplittableRandom random) {
    double[] sum = new double[basis.length];
    for (int k = first; k < basis.length; k += 2) {
      add(sum, SIZE * random.nextGaussian(), basis[k]);
    }
    return sum;
  }

  /** Random orthonormal rows, by Gram and Schmidt's method. */
  private static double[][] orthonormal(int size, SplittableRandom random) {
    double[][] rows = new double[size][size];
    for (int k = 0; k < size; k++) {
      double[] row = rows[k];
      for (int i = 0; i < size; i++) {
        row[i] = random.nextGaussian();
      }
      // Twice, since once leaves the rounding of a nearly dependent row.
      for (int earlier = 0; earlier < 2 * k; earlier++) {
        double[] other = rows[earlier % k];
        add(row, -dot(row, other), other);
      }
      double norm = Math.sqrt(dot(row, row));
      for (int i = 0; i < size; i++) {
        row[i] /= norm;
      }
    }
    return rows;
  }

  private static void add(double[] to, double factor, double[] row) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * row[i];
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
