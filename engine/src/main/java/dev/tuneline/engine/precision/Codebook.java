package dev.tuneline.engine.precision;

import java.util.Arrays;

/** The numbers that the codes of a quantised tensor stand for, ascending; code i means number i. */
final class Codebook {
  /** The quantiles of a normal distribution that make up NF4 (Dettmers et al. 2023, appendix E). */
  static final Codebook NF4 =
      new Codebook(
          -1.0f,
          -0.6961928f,
          -0.52507305f,
          -0.3949175f,
          -0.28444138f,
          -0.18477343f,
          -0.091050036f,
          0.0f,
          0.0795803f,
          0.1609302f,
          0.2461123f,
          0.33791524f,
          0.44070983f,
          0.562617f,
          0.72295684f,
          1.0f);

  /** The signed dynamic 8-bit map (Dettmers 2016), as bitsandbytes computes it. */
  static final Codebook DYNAMIC8 = new Codebook(dynamic8());

  private final float[] values;
  private final float[] midpoints;

  private Codebook(float... values) {
    this.values = values;
    this.midpoints = new float[values.length - 1];
    for (int i = 0; i < midpoints.length; i++) {
      midpoints[i] = (values[i] + values[i + 1]) / 2;
    }
  }

  /** The code whose number is nearest; of two equally near ones the lower. */
  int nearest(float x) {
    int code = 0;
    for (int half = values.length / 2; half > 0; half /= 2) {
      if (x > midpoints[code + half - 1]) {
        code += half;
      }
    }
    return code;
  }

  float[] values() {
    return values.clone();
  }

  /** Seven decades; decade i holds 2^i means of equal steps from 0.1 to 1, and their negatives. */
  private static float[] dynamic8() {
    float[] all = new float[256];
    int at = 0;
    for (int decade = 0; decade < 7; decade++) {
      float[] steps = linspace(0.1f, 1, (1 << decade) + 1);
      float scale = (float) Math.pow(10, decade - 6);
      for (int i = 0; i + 1 < steps.length; i++) {
        float mean = scale * ((steps[i] + steps[i + 1]) / 2);
        all[at++] = mean;
        all[at++] = -mean;
      }
    }
    all[at++] = 0;
    all[at] = 1;
    Arrays.sort(all);
    return all;
  }

  /** torch.linspace in fp32: from both ends to the middle, with fused multiply-add. */
  private static float[] linspace(float start, float end, int count) {
    float step = (end - start) / (count - 1);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i < count / 2 ? Math.fma(step, i, start) : Math.fma(-step, count - 1 - i, end);
    }
    return values;
  }
}
