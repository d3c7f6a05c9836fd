package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.ConfigReader;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.kernel.Kernel;

/** The non-linear functions of feed-forward halves, by their names in config.json. */
public enum Activation {
  /** x sigmoid(x). */
  SILU,
  /** x times the normal distribution function at x. */
  GELU,
  /** GELU by its tanh approximation (Hendrycks and Gimpel 2016). */
  GELU_TANH,
  /** x sigmoid(1.702 x). */
  QUICK_GELU,
  /** max(x, 0). */
  RELU,
  /** max(x, 0)^2. */
  RELU_SQUARED,
  SIGMOID,
  TANH;

  /** The one that {@code key} names. */
  public static Activation read(ConfigReader config, String key, String whenAbsent) {
    String name = config.has(key) ? config.text(key) : whenAbsent;
    return switch (name) {
      case "silu", "swish" -> SILU;
      case "gelu", "gelu_python" -> GELU;
      case "gelu_new", "gelu_fast", "gelu_accurate", "gelu_pytorch_tanh", "gelu_python_tanh" ->
          GELU_TANH;
      case "quick_gelu" -> QUICK_GELU;
      case "relu" -> RELU;
      case "relu2" -> RELU_SQUARED;
      case "sigmoid" -> SIGMOID;
      case "tanh" -> TANH;
      default -> throw config.unsupported(key, name);
    };
  }

  /** The function of every element. */
  public PtNDArray apply(PtNDArray x) {
    return switch (this) {
      case SILU -> Kernel.SILU.run(x);
      case GELU -> JniUtils.gelu(x);
      case GELU_TANH -> geluTanh(x);
      case QUICK_GELU ->
          JniUtils.mul(x, JniUtils.sigmoid(JniUtils.mul(x, Tensors.scalar(x.getManager(), 1.702))));
      case RELU -> JniUtils.relu(x);
      case RELU_SQUARED -> JniUtils.square(JniUtils.relu(x));
      case SIGMOID -> JniUtils.sigmoid(x);
      case TANH -> JniUtils.tanh(x);
    };
  }

  /** 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). */
  private static PtNDArray geluTanh(PtNDArray x) {
    PtNDManager manager = x.getManager();
    PtNDArray cube = JniUtils.mul(JniUtils.mul(x, x), x);
    PtNDArray inner = JniUtils.add(x, JniUtils.mul(cube, Tensors.scalar(manager, 0.044715)));
    PtNDArray scaled = JniUtils.mul(inner, Tensors.scalar(manager, Math.sqrt(2 / Math.PI)));
    PtNDArray one = JniUtils.add(JniUtils.tanh(scaled), Tensors.scalar(manager, 1));
    return JniUtils.mul(JniUtils.mul(x, Tensors.scalar(manager, 0.5)), one);
  }
}
