package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.precision.Nf4Tensor;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.WeightFile;
import dev.tuneline.errors.Problem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a model by name, held in one precision for as long as their manager lives.
 *
 * <p>A decoder that is being built asks for its modules here, and each weight is read when it is
 * asked for: no architecture knows how its weights are held, and no model passes through fp32 as a
 * whole.
 */
public final class Weights {
  private final SequencedMap<String, List<Long>> shapes;
  private final Precision precision;
  private final PtNDManager manager;
  private final Map<String, PtNDArray> tensors = new HashMap<>();
  private final Map<String, Nf4Matrix> quantised = new HashMap<>();
  private @Nullable WeightSource source;
  private Nf4Tensor.@Nullable Tables tables;

  Weights(
      SequencedMap<String, List<Long>> shapes,
      WeightSource source,
      Precision precision,
      PtNDManager manager) {
    this.shapes = Collections.unmodifiableSequencedMap(shapes);
    this.source = source;
    this.precision = precision;
    this.manager = manager;
  }

  /** Reads what no module asked for and lets the source go: the decoder is complete. */
  void complete() {
    for (String name : shapes.keySet()) {
      if (!quantised.containsKey(name) && !tensors.containsKey(name)) {
        get(name);
      }
    }
    source = null;
  }

  /** How they are held. */
  public Precision precision() {
    return precision;
  }

  /** The projection {@code module} of a block, with its bias if it has one. */
  public Linear linear(String module) {
    return linear(module, false);
  }

  /** The projection {@code module} of a block whose weight is stored [in, out]. */
  public Linear conv1d(String module) {
    return linear(module, true);
  }

  private Linear linear(String module, boolean transposed) {
    String weight = module + ".weight";
    Matrix matrix =
        precision == Precision.NF4 && source().hasValues()
            ? quantised(weight, transposed)
            : whole(weight, transposed);
    return new Linear(module, weight, matrix, bias(module));
  }

  /** The LM head {@code module}, or the embedding matrix in its place where there is none. */
  public Linear head(String module, Embedding embedding) {
    String own = module + ".weight";
    String weight = shapes.containsKey(own) ? own : embedding.weightName();
    return new Linear(module, weight, whole(weight, false), bias(module));
  }

  /** The table of token embeddings. */
  public Embedding embedding(String module) {
    return new Embedding(module, table(module + ".weight"));
  }

  private Matrix whole(String weight, boolean transposed) {
    PtNDArray table = table(weight);
    return Tensors.isBfloat16(table)
        ? new Bf16Matrix(table, transposed)
        : transposed ? new Matrix.Transposed(table) : new Matrix.Dense(table);
  }

  /** A matrix that is not quantised. */
  private PtNDArray table(String weight) {
    return precision == Precision.BF16
        ? tensors.computeIfAbsent(weight, source()::bfloat16)
        : get(weight);
  }

  private Nf4Matrix quantised(String weight, boolean transposed) {
    return quantised.computeIfAbsent(weight, name -> quantise(name, transposed));
  }

  /** As bitsandbytes does: the blocks run along the rows of [out, in], however it is stored. */
  private Nf4Matrix quantise(String weight, boolean transposed) {
    if (tables == null) {
      tables = Nf4Tensor.Tables.in(manager);
    }
    List<Long> stored = Objects.requireNonNull(shapes.get(weight), weight);
    try (Arena arena = Arena.ofConfined()) {
      long count = stored.stream().reduce(1L, Math::multiplyExact);
      MemorySegment values = arena.allocate(count * Float.BYTES, Float.BYTES);
      source().copyFloats(weight, values);
      if (transposed) {
        values = transpose(values, stored, arena);
      }
      List<Long> shape = transposed ? stored.reversed() : stored;
      return new Nf4Matrix(Nf4Tensor.quantise(values, shape, tables, manager), transposed);
    }
  }

  private static MemorySegment transpose(MemorySegment values, List<Long> shape, Arena arena) {
    long rows = shape.get(0);
    long columns = shape.get(1);
    MemorySegment turned = arena.allocate(values.byteSize(), Float.BYTES);
    for (long i = 0; i < rows; i++) {
      for (long j = 0; j < columns; j++) {
        float value = values.getAtIndex(ValueLayout.JAVA_FLOAT, i * columns + j);
        turned.setAtIndex(ValueLayout.JAVA_FLOAT, j * rows + i, value);
      }
    }
    return turned;
  }

  private @Nullable PtNDArray bias(String module) {
    String name = module + ".bias";
    return shapes.containsKey(name) ? get(name) : null;
  }

  /** The weight called {@code name} as it is held, in fp32 unless a module asked for it before. */
  public PtNDArray get(String name) {
    @Nullable PtNDArray held = tensors.get(name);
    return held != null ? held : tensors.computeIfAbsent(name, source()::floats);
  }

  /** The weight called {@code name} in fp32, shaped as in the files, in the innermost scope. */
  public PtNDArray floats(String name) {
    @Nullable Nf4Matrix matrix = quantised.get(name);
    return matrix == null ? Tensors.widened(get(name)) : matrix.stored(matrix.dense());
  }

  /** Dimensions of all of them, in the blueprint's order. */
  public SequencedMap<String, List<Long>> shapes() {
    return shapes;
  }

  /**
   * All of them in the blueprint's order.
   *
   * @throws IllegalStateException unless the precision is FP32
   */
  public SequencedMap<String, PtNDArray> all() {
    if (precision != Precision.FP32) {
      throw new IllegalStateException("weights are held in " + precision);
    }
    SequencedMap<String, PtNDArray> all = new LinkedHashMap<>();
    shapes.keySet().forEach(name -> all.put(name, get(name)));
    return Collections.unmodifiableSequencedMap(all);
  }

  private WeightSource source() {
    return Objects.requireNonNull(source, "the decoder is complete");
  }

  /**
   * The elements of a tensor as fp32.
   *
   * @throws Problem NON_FINITE_WEIGHTS if it holds a NaN or an infinity
   */
  public static float[] finiteFloats(WeightFile file, String name) {
    float[] values = file.floats(name);
    requireFinite(file, name, MemorySegment.ofArray(values));
    return values;
  }

  static void requireFinite(WeightFile file, String name, MemorySegment floats) {
    for (long i = 0; i < floats.byteSize() / Float.BYTES; i++) {
      if (!Float.isFinite(floats.getAtIndex(ValueLayout.JAVA_FLOAT, i))) {
        throw notFinite(file, name);
      }
    }
  }

  static void requireFiniteBfloat16(WeightFile file, String name, MemorySegment values) {
    for (long i = 0; i < values.byteSize() / Short.BYTES; i++) {
      int exponent = values.getAtIndex(ValueLayout.JAVA_SHORT, i) & 0x7f80;
      if (exponent == 0x7f80) {
        throw notFinite(file, name);
      }
    }
  }

  private static Problem notFinite(WeightFile file, String name) {
    return Problem.caller("NON_FINITE_WEIGHTS", "tensor " + name + " holds NaN or infinity")
        .at(Problem.FILE, file.path())
        .at("tensor", name);
  }
}
