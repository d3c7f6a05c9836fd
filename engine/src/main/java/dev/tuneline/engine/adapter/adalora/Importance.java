package dev.tuneline.engine.adapter.adalora;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;

/**
 * How important each element of a parameter is: smoothed sensitivity times smoothed uncertainty.
 *
 * @param sensitivity moving average of |p * gradient|
 * @param uncertainty moving average of the distance from that average
 */
record Importance(PtNDArray sensitivity, PtNDArray uncertainty) {
  Importance(PtNDArray parameter, PtNDManager manager) {
    this(
        Scope.own(Tensors.zeros(manager, parameter.getShape().getShape())),
        Scope.own(Tensors.zeros(manager, parameter.getShape().getShape())));
  }

  /** Takes in a parameter with its gradient. */
  void observe(PtNDArray parameter, double gradientScale, double beta1, double beta2) {
    float[] values = Tensors.floats(parameter);
    float[] gradients = Tensors.floats(JniUtils.getGradient(parameter));
    float[] mean = Tensors.floats(sensitivity);
    float[] distance = Tensors.floats(uncertainty);
    for (int i = 0; i < values.length; i++) {
      float now = Math.abs(values[i] * (gradients[i] * (float) gradientScale));
      mean[i] = (float) beta1 * mean[i] + (float) (1 - beta1) * now;
      distance[i] = (float) beta2 * distance[i] + (float) (1 - beta2) * Math.abs(now - mean[i]);
    }
    Tensors.write(sensitivity, mean);
    Tensors.write(uncertainty, distance);
  }

  /** Of each element, row-major. */
  float[] scores() {
    float[] scores = Tensors.floats(sensitivity);
    float[] distance = Tensors.floats(uncertainty);
    for (int i = 0; i < scores.length; i++) {
      scores[i] *= distance[i];
    }
    return scores;
  }
}
