package dev.tuneline.engine.tensor.kernel;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A native computation written as text: tensors in, one tensor out.
 *
 * <p>Records for backward when gradient mode is on, as DJL's operators do. The text lies beside
 * this class under the kernel's name. Any number of threads may run one.
 */
public final class Kernel {
  /** (x of any type) -> uninitialised bf16 of the same shape and device. */
  public static final Kernel EMPTY_BF16 = new Kernel("empty_bf16");

  /** (x [rows, in] fp32, weight [out, in] bf16) -> x W^T in fp32, multiplied as bf16. */
  public static final Kernel LINEAR_BF16 = new Kernel("linear_bf16");

  /**
   * (packed [blocks, 32] uint8, scales [n, 256] uint8, scale absmax [n, 1], offset [], numbers of
   * packed bytes [256, 2], numbers of scales [256]) -> [blocks, 64].
   */
  public static final Kernel DEQUANTISE_NF4 = new Kernel("dequantise_nf4");

  /** (x, like) -> x on the device of {@code like}; x itself where it is there. */
  public static final Kernel MOVE = new Kernel("move");

  /** (target, source of the same shape, on any device) -> target, overwritten. */
  public static final Kernel COPY = new Kernel("copy");

  /** (x) -> [1] that holds 1 if backward can go through x, else 0. */
  private static final Kernel RECORDED = new Kernel("recorded");

  /**
   * (x [rows, hidden], weight [vocab, hidden] fp32 or bf16, targets int64 [rows], scale [],
   * gradient [rows, hidden]) -> the sum of the cross-entropies of x W^T, without dimensions; the
   * gradient of scale times it with respect to x is written into {@code gradient}. Records nothing.
   */
  public static final Kernel HEAD_LOSS = new Kernel("head_loss");

  /** (x) -> x sigmoid(x). */
  public static final Kernel SILU = new Kernel("silu");

  /** (x [..., width], weight [width], epsilon []) -> x / sqrt(mean(x^2) + epsilon) * weight. */
  public static final Kernel RMS_NORM = new Kernel("rms_norm");

  /**
   * (scaled queries [sequences, rows, heads, headDim], keys and values [sequences, rows, kvHeads,
   * headDim]) -> [sequences * rows, heads * headDim]: each row attends to itself and to those
   * before it. The rows of a sequence are cut, so that most of what they do not see costs nothing.
   */
  public static final Kernel CAUSAL_ATTENTION = new Kernel("causal_attention");

  /**
   * (x [rows, heads, width], cos and sin [rows, 1, width]) -> x cos + (x with halves swapped) sin.
   */
  public static final Kernel ROTATE_HALVES = new Kernel("rotate_halves");

  /**
   * (y [rows, out], x [rows, in], w [out, in], factor []) -> y, to which factor * x w^T is added.
   */
  public static final Kernel ADD_PRODUCT = new Kernel("add_product");

  private final PtSymbolBlock module;

  private Kernel(String name) {
    this.module = load(name);
  }

  private static PtSymbolBlock load(String name) {
    try (InputStream text = Kernel.class.getResourceAsStream(name + ".txt")) {
      byte[] code = Objects.requireNonNull(text, name).readAllBytes();
      byte[] archive = KernelArchive.of(new String(code, StandardCharsets.UTF_8));
      return JniUtils.loadModule(
          Torch.newManager(), new ByteArrayInputStream(archive), false, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether backward can go through x. */
  public static boolean recorded(PtNDArray x) {
    try (Scope _ = new Scope()) {
      return Tensors.only(RECORDED.run(x)) > 0;
    }
  }

  /** Runs it; the result belongs to the innermost scope. */
  public PtNDArray run(PtNDArray... inputs) {
    // Without training, libtorch would run it in inference mode, whose results cannot be trained.
    NDList results = IValueUtils.forward(module, new NDList(inputs), true);
    return (PtNDArray) results.singletonOrThrow();
  }
}
