package dev.tuneline.engine.adapter;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Writes complete Hugging Face model folders. */
public final class ModelFolder {
  private static final List<String> WEIGHT_SUFFIXES =
      List.of(".safetensors", ".safetensors.index.json", ".bin", ".bin.index.json", ".pt", ".gguf");

  private ModelFolder() {}

  /**
   * Writes {@code base}'s configuration, tokenizer and weights into {@code target}.
   *
   * @param replaced weights that differ from the base model's, by name
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
    Map<String, PtNDArray> weights = new LinkedHashMap<>(base.weights().all());
    weights.putAll(replaced);
    Parameters.write(target.resolve("model.safetensors"), weights);
  }
}
