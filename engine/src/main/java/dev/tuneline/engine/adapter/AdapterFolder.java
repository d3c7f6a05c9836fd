package dev.tuneline.engine.adapter;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.ConfigReader;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.WeightFile;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/** An adapter folder in PEFT's layout, opened for reading; and the way to write one. */
public final class AdapterFolder implements AutoCloseable {
  /** Largest relative difference of a value and its nearest in bf16. */
  private static final float BF16_EPSILON = 1f / 256;

  private final ConfigReader config;
  private final WeightFile weights;

  private AdapterFolder(ConfigReader config, WeightFile weights) {
    this.config = config;
    this.weights = weights;
  }

  /**
   * Opens {@code folder}; its tensors are read on demand.
   *
   * @throws Problem CONFIG_NOT_FOUND, MALFORMED_CONFIG, or what {@link AdapterFiles#openWeights}
   *     throws
   */
  public static AdapterFolder open(Path folder) {
    return new AdapterFolder(
        ConfigReader.open(folder.resolve(AdapterFiles.CONFIG)), AdapterFiles.openWeights(folder));
  }

  /** The {@code peft_type} of {@code folder}'s configuration. */
  public static String peftType(Path folder) {
    return ConfigReader.open(folder.resolve(AdapterFiles.CONFIG)).text("peft_type");
  }

  /** What {@code parse} makes of the configuration; its problems name the file. */
  public <T> T config(Function<MethodOptions, T> parse) {
    try {
      return parse.apply(new MethodOptions(config.root()));
    } catch (Problem e) {
      throw e.at(Problem.FILE, config.file());
    }
  }

  /** Names of its tensors. */
  public Set<String> tensors() {
    return weights.tensors().keySet();
  }

  /** The elements of a tensor as fp32; a NaN or infinity in it is a problem that names it. */
  public float[] floats(String name) {
    return Weights.finiteFloats(weights, name);
  }

  /**
   * Copies all of its tensors into {@code target}.
   *
   * @throws Problem ADAPTER_MISMATCH naming every tensor that is missing, unexpected or mis-shaped,
   *     or NON_FINITE_WEIGHTS
   */
  public void read(Map<String, PtNDArray> target) {
    read(target, Map.of());
  }

  /**
   * The same, where the folder may also hold copies of the base model's own tensors, or of others.
   *
   * @param copies what they must be equal to, to the precision of bf16
   */
  public void read(Map<String, PtNDArray> target, Map<String, PtNDArray> copies) {
    Map<String, PtNDArray> all = new LinkedHashMap<>(target);
    copies.forEach(
        (name, array) -> {
          if (weights.tensors().containsKey(name)) {
            all.putIfAbsent(name, array);
          }
        });
    Parameters.requireFit(weights, all);
    all.forEach(
        (name, array) -> {
          if (target.containsKey(name)) {
            Tensors.write(array, floats(name));
          } else {
            requireSame(name, floats(name), Tensors.floats(array));
          }
        });
  }

  private void requireSame(String name, float[] own, float[] base) {
    for (int i = 0; i < own.length; i++) {
      if (Math.abs(own[i] - base[i]) > BF16_EPSILON * Math.abs(base[i]) + Float.MIN_NORMAL) {
        throw Problem.caller(
                "ADAPTER_MISMATCH", "%s, a copy, is not equal to what it is one of".formatted(name))
            .at(Problem.FILE, weights.path())
            .mend("load it over the base model that it was trained on");
      }
    }
  }

  /**
   * Writes an adapter of {@code base} into an existing folder, so that PEFT loads it.
   *
   * @param config the method's own keys, {@code peft_type} included
   */
  public static void write(
      Path folder, ObjectNode config, BaseModel base, Map<String, PtNDArray> tensors) {
    Path name = Objects.requireNonNull(base.folder().toAbsolutePath().getFileName());
    ObjectNode complete = config.deepCopy();
    complete.put("task_type", "CAUSAL_LM");
    complete.put("base_model_name_or_path", name.toString());
    complete.put("inference_mode", true);
    try {
      Files.writeString(
          folder.resolve(AdapterFiles.CONFIG),
          new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(complete));
    } catch (IOException e) {
      throw Problem.ours("UNWRITABLE_FILE", "cannot write: " + e.getMessage(), e)
          .at(Problem.FILE, folder.resolve(AdapterFiles.CONFIG));
    }
    Parameters.write(folder.resolve(AdapterFiles.WEIGHTS), tensors);
  }

  @Override
  public void close() {
    weights.close();
  }
}
