package dev.tuneline.engine.adapter;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.tensor.DType;
import dev.tuneline.engine.tensor.SafetensorsWriter;
import dev.tuneline.engine.tensor.TensorEntry;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.WeightFile;
import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Named fp32 tensors as one safetensors file. */
public final class Parameters {
  /** What transformers wants to find in the metadata. */
  static final Map<String, String> FORMAT = Map.of("format", "pt");

  private Parameters() {}

  /** Writes {@code tensors} by name in the layout PEFT and transformers read. */
  public static void write(Path file, Map<String, PtNDArray> tensors) {
    write(file, tensors, Map.of());
  }

  /** The same with more metadata. */
  public static void write(
      Path file, Map<String, PtNDArray> tensors, Map<String, String> metadata) {
    Map<String, String> all = new TreeMap<>(FORMAT);
    all.putAll(metadata);
    List<SafetensorsWriter.Content> contents = new ArrayList<>();
    new TreeMap<>(tensors)
        .forEach(
            (name, array) ->
                contents.add(
                    SafetensorsWriter.Content.of(
                        name,
                        DType.F32,
                        Arrays.stream(array.getShape().getShape()).boxed().toList(),
                        () -> array)));
    SafetensorsWriter.write(file, contents, all);
  }

  /** Copies the file's values into {@code tensors} in place; names and shapes must be the same. */
  public static void read(Path file, Map<String, PtNDArray> tensors) {
    try (WeightFile source = WeightFile.open(file)) {
      requireFit(source, tensors);
      tensors.forEach(
          (name, array) -> Tensors.write(array, memory -> source.copyFloats(name, memory)));
    }
  }

  /**
   * Names every tensor that is missing, unexpected or mis-shaped in one ADAPTER_MISMATCH problem.
   */
  public static void requireFit(WeightFile file, Map<String, PtNDArray> tensors) {
    List<String> faults = new ArrayList<>();
    tensors.forEach(
        (name, array) -> {
          @Nullable TensorEntry entry = file.tensors().get(name);
          long[] shape = array.getShape().getShape();
          if (entry == null) {
            faults.add(name + " is missing");
          } else if (!entry.hasShape(shape)) {
            faults.add("%s is %s, not %s".formatted(name, entry.dims(), Arrays.toString(shape)));
          }
        });
    file.tensors().keySet().stream()
        .filter(name -> !tensors.containsKey(name))
        .forEach(name -> faults.add(name + " fits no module of the base model"));
    if (!faults.isEmpty()) {
      throw Problem.caller(
              "ADAPTER_MISMATCH",
              "the adapter does not fit the base model: " + String.join("; ", faults))
          .at(Problem.FILE, file.path())
          .mend("load it over the base model that it was trained on");
    }
  }
}
