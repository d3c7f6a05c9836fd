package dev.tuneline.engine.adapter;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.ConfigReader;
import dev.tuneline.engine.tensor.DType;
import dev.tuneline.engine.tensor.SafetensorsWriter;
import dev.tuneline.engine.tensor.WeightFiles;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes complete Hugging Face model folders. */
public final class ModelFolder {
  private static final List<String> WEIGHT_SUFFIXES =
      List.of(".safetensors", ".safetensors.index.json", ".bin", ".bin.index.json", ".pt", ".gguf");

  private ModelFolder() {}

  /**
   * Writes {@code base}'s configuration, tokenizer and weights into {@code target}, the weights in
   * the element type that the configuration names.
   *
   * @param replaced weights that differ from the base model's, by name; with a head among them, a
   *     head that was tied to the embeddings is so no more
   */
  public static void write(BaseModel base, Map<String, PtNDArray> replaced, Path target) {
    try (Stream<Path> files = Files.list(base.folder())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        if (WEIGHT_SUFFIXES.stream().noneMatch(name::endsWith)) {
          Files.copy(file, target.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
      }
    } catch (IOException e) {
      throw Problem.ours("UNWRITABLE_FILE", "cannot write: " + e.getMessage(), e)
          .at(Problem.FILE, target);
    }
    if (!base.weights().shapes().keySet().containsAll(replaced.keySet())) {
      untie(target.resolve("config.json"));
    }
    DType type = savedType(base);
    Map<String, List<Long>> shapes = new TreeMap<>(base.weights().shapes());
    replaced.forEach(
        (name, array) ->
            shapes.put(name, Arrays.stream(array.getShape().getShape()).boxed().toList()));
    List<SafetensorsWriter.Content> contents = new ArrayList<>();
    shapes.forEach(
        (name, shape) ->
            contents.add(
                SafetensorsWriter.Content.of(
                    name, type, shape, () -> weight(base, name, replaced))));
    SafetensorsWriter.write(target.resolve("model.safetensors"), contents, Parameters.FORMAT);
  }

  private static PtNDArray weight(BaseModel base, String name, Map<String, PtNDArray> replaced) {
    @Nullable PtNDArray other = replaced.get(name);
    return other == null ? base.weights().floats(name) : other;
  }

  /**
   * The element type in which transformers loads and saves the model: what config.json names, else
   * that of its first weight.
   */
  private static DType savedType(BaseModel base) {
    ConfigReader config = ConfigReader.open(base.folder().resolve("config.json"));
    String key = config.has("dtype") ? "dtype" : "torch_dtype";
    if (!config.has(key)) {
      try (WeightFiles files = WeightFiles.open(base.folder())) {
        return files.owners().entrySet().stream()
            .map(e -> e.getValue().entry(e.getKey()).dtype())
            .filter(type -> type == DType.BF16 || type == DType.F16 || type == DType.F32)
            .findFirst()
            .orElse(DType.F32);
      }
    }
    return switch (config.text(key)) {
      case "float32", "torch.float32" -> DType.F32;
      case "float16", "torch.float16" -> DType.F16;
      case "bfloat16", "torch.bfloat16" -> DType.BF16;
      default -> throw config.unsupported(key, config.text(key));
    };
  }

  private static void untie(Path file) {
    ObjectNode config = ConfigReader.open(file).root().deepCopy();
    config.put("tie_word_embeddings", false);
    try {
      Files.writeString(
          file, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(config));
    } catch (IOException e) {
      throw Problem.ours("UNWRITABLE_FILE", "cannot write: " + e.getMessage(), e)
          .at(Problem.FILE, file);
    }
  }
}
