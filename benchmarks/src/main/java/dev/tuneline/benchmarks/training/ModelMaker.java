package dev.tuneline.benchmarks.training;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.adapter.ModelFolder;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The process that makes random models: asked {@code {folder}}, it writes weights into each of the
 * folder's folders that hold a config.json, and beside them an adapter.
 */
public final class ModelMaker {
  static final String ADAPTER = "adapter";
  private static final long SEED = 1;

  private ModelMaker() {}

  public static void main(String[] arguments) throws IOException {
    Requests.answer(ModelMaker::make);
  }

  private static Map<String, Object> make(JsonNode request) throws IOException {
    Path folder = Path.of(request.path("folder").asText());
    Path adapter = Files.createDirectory(folder.resolve(ADAPTER));
    for (Path sizes : List.of(folder.resolve("float32"), folder.resolve("bfloat16"))) {
      try (BaseModel base = BaseModel.initialise(sizes, SEED)) {
        ModelFolder.write(base, Map.of(), sizes);
        if (sizes.endsWith("float32")) {
          try (Tunable tunable = LoraOptions.start(base)) {
            tunable.save(adapter);
          }
        }
      }
    }
    return Map.of("done", true);
  }
}
