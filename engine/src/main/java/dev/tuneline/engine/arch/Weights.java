package dev.tuneline.engine.arch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.TensorEntry;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.WeightFile;
import dev.tuneline.engine.tensor.WeightFiles;
import dev.tuneline.errors.Problem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The weights of a model by name, as fp32 tensors that live as long as their manager. */
public final class Weights {
  private final SequencedMap<String, PtNDArray> tensors;

  private Weights(SequencedMap<String, PtNDArray> tensors) {
    this.tensors = Collections.unmodifiableSequencedMap(tensors);
  }

  /**
   * Reads what {@code blueprint} needs; everything missing or mis-shaped is named in one problem.
   */
  static Weights load(Blueprint blueprint, WeightFiles files, PtNDManager manager) {
    check(blueprint, files);
    SequencedMap<String, PtNDArray> tensors = new LinkedHashMap<>();
    for (String wanted : blueprint.weights().keySet()) {
      String name = Objects.requireNonNull(nameInFiles(wanted, blueprint, files));
      tensors.put(wanted, read(Objects.requireNonNull(files.owners().get(name)), name, manager));
    }
    return new Weights(tensors);
  }

  /** Fresh weights: matrices normal, norms one, biases zero; the same for the same seed. */
  static Weights initialise(Blueprint blueprint, long seed, PtNDManager manager) {
    SequencedMap<String, PtNDArray> tensors = new LinkedHashMap<>();
    SplittableRandom random = new SplittableRandom(seed);
    blueprint
        .weights()
        .forEach(
            (name, dims) -> {
              long[] shape = dims.stream().mapToLong(Long::longValue).toArray();
              float[] values =
                  new float[Math.toIntExact(dims.stream().reduce(1L, Math::multiplyExact))];
              for (int i = 0; i < values.length; i++) {
                values[i] =
                    dims.size() > 1
                        ? (float) (random.nextGaussian() * blueprint.initializerRange())
                        : name.endsWith(".bias") ? 0 : 1;
              }
              tensors.put(name, Scope.own(Tensors.ofFloats(manager, values, shape)));
            });
    return new Weights(tensors);
  }

  private static PtNDArray read(WeightFile file, String name, PtNDManager manager) {
    TensorEntry entry = Objects.requireNonNull(file.tensors().get(name), name);
    PtNDArray array = Scope.own(Tensors.empty(manager, DataType.FLOAT32, entry.shape()));
    MemorySegment memory = Tensors.memory(array);
    file.copyFloats(name, memory);
    requireFinite(file, name, memory);
    return array;
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

  private static void requireFinite(WeightFile file, String name, MemorySegment floats) {
    for (long i = 0; i < floats.byteSize() / Float.BYTES; i++) {
      if (!Float.isFinite(floats.getAtIndex(ValueLayout.JAVA_FLOAT, i))) {
        throw Problem.caller("NON_FINITE_WEIGHTS", "tensor " + name + " holds NaN or infinity")
            .at(Problem.FILE, file.path())
            .at("tensor", name);
      }
    }
  }

  /** Checkpoints of the bare decoder lack the prefix that those with a head have. */
  private static @Nullable String nameInFiles(
      String wanted, Blueprint blueprint, WeightFiles files) {
    if (files.owners().containsKey(wanted)) {
      return wanted;
    }
    String bare =
        wanted.startsWith(blueprint.prefix())
            ? wanted.substring(blueprint.prefix().length())
            : wanted;
    return files.owners().containsKey(bare) ? bare : null;
  }

  private static void check(Blueprint blueprint, WeightFiles files) {
    List<String> faults = new ArrayList<>();
    blueprint
        .weights()
        .forEach(
            (wanted, dims) -> {
              @Nullable String name = nameInFiles(wanted, blueprint, files);
              if (name == null) {
                faults.add(wanted + " is missing");
                return;
              }
              WeightFile file = Objects.requireNonNull(files.owners().get(name));
              List<Long> found = Objects.requireNonNull(file.tensors().get(name)).dims();
              if (!found.equals(dims)) {
                faults.add("%s is %s, not %s".formatted(name, found, dims));
              }
            });
    if (!faults.isEmpty()) {
      throw Problem.caller(
              "WEIGHTS_MISMATCH",
              "the weights do not fit config.json: " + String.join("; ", faults))
          .at(Problem.FILE, files.folder())
          .mend("use the config.json and weights of one model");
    }
  }

  /** The projection {@code module}, with its bias if it has one. */
  public Linear linear(String module) {
    String weight = module + ".weight";
    return new Linear(module, weight, new Matrix.Dense(get(weight)), bias(module));
  }

  /** The projection {@code module} whose weight is stored [in, out]. */
  public Linear conv1d(String module) {
    String weight = module + ".weight";
    return new Linear(module, weight, new Matrix.Transposed(get(weight)), bias(module));
  }

  /** The LM head {@code module}, or the embedding matrix in its place where there is none. */
  public Linear head(String module, Embedding embedding) {
    return tensors.containsKey(module + ".weight")
        ? linear(module)
        : new Linear(
            module, embedding.weightName(), new Matrix.Dense(embedding.weight()), bias(module));
  }

  private @Nullable PtNDArray bias(String module) {
    return tensors.get(module + ".bias");
  }

  /** The table of token embeddings. */
  public Embedding embedding(String module) {
    return new Embedding(module, get(module + ".weight"));
  }

  /** The tensor called {@code name}. */
  public PtNDArray get(String name) {
    return Objects.requireNonNull(tensors.get(name), name);
  }

  /** All of them in the blueprint's order. */
  public SequencedMap<String, PtNDArray> all() {
    return tensors;
  }
}
