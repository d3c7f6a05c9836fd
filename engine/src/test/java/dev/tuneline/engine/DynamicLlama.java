package dev.tuneline.engine;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The fixtures' llama with rotary positions that follow the length (dynamic NTK). */
public final class DynamicLlama {
  private DynamicLlama() {}

  /** Writes it into {@code folder}, trained for {@code positions}, stretched by 2. */
  public static Path in(Path folder, int positions) throws IOException {
    Path llama = Fixtures.path("models/llama");
    ObjectMapper json = new ObjectMapper();
    ObjectNode config = (ObjectNode) json.readTree(llama.resolve("config.json").toFile());
    config.put("max_position_embeddings", positions);
    config.putObject("rope_scaling").put("type", "dynamic").put("factor", 2.0);
    json.writeValue(folder.resolve("config.json").toFile(), config);
    Files.copy(llama.resolve("model.safetensors"), folder.resolve("model.safetensors"));
    return folder;
  }
}
