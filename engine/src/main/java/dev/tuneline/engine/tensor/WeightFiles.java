package dev.tuneline.engine.tensor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a Hugging Face model folder: {@code model.safetensors}, or the shards that {@code
 * model.safetensors.index.json} lists.
 */
public final class WeightFiles implements AutoCloseable {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private final Path folder;
  private final List<SafetensorsFile> files = new ArrayList<>();
  private final SequencedMap<String, SafetensorsFile> owners = new LinkedHashMap<>();

  private WeightFiles(Path folder) {
    this.folder = folder;
  }

  /** Opens every weight file of {@code folder}; a name in two files or in none is refused. */
  public static WeightFiles open(Path folder) {
    WeightFiles weights = new WeightFiles(folder);
    try {
      weights.openAll();
      return weights;
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  private void openAll() {
    if (Files.exists(folder.resolve(SINGLE))) {
      add(SafetensorsFile.open(folder.resolve(SINGLE)));
      return;
    }
    Path index = folder.resolve(INDEX);
    if (!Files.exists(index)) {
      throw Problem.caller("WEIGHTS_NOT_FOUND", "there is neither " + SINGLE + " nor " + INDEX)
          .at(Problem.FILE, folder)
          .mend("point to a Hugging Face model folder with safetensors weights");
    }
    Map<String, String> shards = new LinkedHashMap<>();
    JsonNode map = readIndex(index).path("weight_map");
    map.properties().forEach(e -> shards.put(e.getKey(), e.getValue().asText()));
    for (String name : shards.values().stream().distinct().sorted().toList()) {
      if (!name.equals(Path.of(name).getFileName().toString())) {
        throw badIndex(index, "shard name \"" + name + "\" leaves the folder");
      }
      add(SafetensorsFile.open(folder.resolve(name)));
    }
    shards.forEach(
        (tensor, shard) -> {
          @Nullable SafetensorsFile owner = owners.get(tensor);
          if (owner == null || !owner.path().getFileName().toString().equals(shard)) {
            throw badIndex(index, "tensor %s is not in %s".formatted(tensor, shard))
                .at("tensor", tensor);
          }
        });
  }

  private void add(SafetensorsFile file) {
    files.add(file);
    for (String name : file.tensors().keySet()) {
      if (owners.put(name, file) != null) {
        throw badIndex(file.path(), "tensor " + name + " is in two shards").at("tensor", name);
      }
    }
  }

  private static JsonNode readIndex(Path index) {
    try {
      return new ObjectMapper().readTree(index.toFile());
    } catch (IOException e) {
      throw badIndex(index, "not readable as JSON").causedBy(e);
    }
  }

  private static Problem badIndex(Path file, String what) {
    return Problem.caller("MALFORMED_WEIGHT_INDEX", what).at(Problem.FILE, file);
  }

  /** The folder they were opened from. */
  public Path folder() {
    return folder;
  }

  /** The file that holds each tensor. */
  public SequencedMap<String, SafetensorsFile> owners() {
    return owners;
  }

  /** The opened files. */
  public List<SafetensorsFile> files() {
    return List.copyOf(files);
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }
}
