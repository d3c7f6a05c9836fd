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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a Hugging Face model folder: {@code model.safetensors} or the shards that its
 * index lists, else {@code pytorch_model.bin} or the shards that its index lists.
 */
public final class WeightFiles implements AutoCloseable {
  private static final List<String> SINGLES = List.of("model.safetensors", "pytorch_model.bin");
  private static final Pattern SHARD_NAME = Pattern.compile("[\\w-][\\w.-]*");

  private final Path folder;
  private final List<WeightFile> files = new ArrayList<>();
  private final SequencedMap<String, WeightFile> owners = new LinkedHashMap<>();

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
    for (String single : SINGLES) {
      Path file = folder.resolve(single);
      Path index = folder.resolve(single + ".index.json");
      if (Files.exists(file)) {
        add(WeightFile.open(file));
        return;
      }
      if (Files.exists(index)) {
        addShards(index);
        return;
      }
    }
    throw Problem.caller(
            "WEIGHTS_NOT_FOUND",
            "there is none of %s, nor the index of their shards"
                .formatted(String.join(", ", SINGLES)))
        .at(Problem.FILE, folder)
        .mend("point to a Hugging Face model folder with its weights");
  }

  private void addShards(Path index) {
    Map<String, String> shards = new LinkedHashMap<>();
    JsonNode map = readIndex(index).path("weight_map");
    map.properties().forEach(e -> shards.put(e.getKey(), e.getValue().asText()));
    if (shards.isEmpty()) {
      throw badIndex(index, "weight_map names no shards");
    }
    for (String name : shards.values().stream().distinct().sorted().toList()) {
      if (!SHARD_NAME.matcher(name).matches()) {
        throw badIndex(index, "shard name \"" + name + "\" leaves the folder");
      }
      add(WeightFile.open(folder.resolve(name)));
    }
    shards.forEach(
        (tensor, shard) -> {
          @Nullable WeightFile owner = owners.get(tensor);
          if (owner == null || !shard.equals(fileName(owner.path()))) {
            throw badIndex(index, "tensor %s is not in %s".formatted(tensor, shard))
                .at("tensor", tensor);
          }
        });
  }

  private static String fileName(Path path) {
    return String.valueOf(path.getFileName());
  }

  private void add(WeightFile file) {
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
  public SequencedMap<String, WeightFile> owners() {
    return owners;
  }

  /** The opened files. */
  public List<WeightFile> files() {
    return List.copyOf(files);
  }

  @Override
  public void close() {
    files.forEach(WeightFile::close);
  }
}
