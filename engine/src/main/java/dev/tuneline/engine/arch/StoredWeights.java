package dev.tuneline.engine.arch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.WeightFile;
import dev.tuneline.engine.tensor.WeightFiles;
import dev.tuneline.errors.Problem;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The weights that a blueprint needs, in their files; read one by one while a decoder is built. */
final class StoredWeights implements WeightSource {
  private final Blueprint blueprint;
  private final WeightFiles files;
  private final PtNDManager manager;

  /** Everything missing or mis-shaped is named in one problem, before anything is read. */
  StoredWeights(Blueprint blueprint, WeightFiles files, PtNDManager manager) {
    check(blueprint, files);
    this.blueprint = blueprint;
    this.files = files;
    this.manager = manager;
  }

  @Override
  public PtNDArray floats(String wanted) {
    String name = nameOf(wanted);
    WeightFile file = fileOf(name);
    return Scope.own(
        Tensors.filled(
            manager,
            DataType.FLOAT32,
            memory -> copyFiniteFloats(file, name, memory),
            file.entry(name).shape()));
  }

  @Override
  public PtNDArray bfloat16(String wanted) {
    String name = nameOf(wanted);
    WeightFile file = fileOf(name);
    return Scope.own(
        Tensors.filledBfloat16(
            manager,
            memory -> {
              file.copyBfloat16(name, memory);
              Weights.requireFiniteBfloat16(file, name, memory);
            },
            file.entry(name).shape()));
  }

  @Override
  public void copyFloats(String wanted, MemorySegment target) {
    String name = nameOf(wanted);
    copyFiniteFloats(fileOf(name), name, target);
  }

  private static void copyFiniteFloats(WeightFile file, String name, MemorySegment target) {
    file.copyFloats(name, target);
    Weights.requireFinite(file, name, target);
  }

  private String nameOf(String wanted) {
    return Objects.requireNonNull(nameInFiles(wanted, blueprint, files), wanted);
  }

  private WeightFile fileOf(String name) {
    return Objects.requireNonNull(files.owners().get(name), name);
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

  /** Refuses files that lack a weight or hold one of another shape, naming all of them. */
  static void check(Blueprint blueprint, WeightFiles files) {
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
}
