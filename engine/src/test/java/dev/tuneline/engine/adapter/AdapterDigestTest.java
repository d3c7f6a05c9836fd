package dev.tuneline.engine.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.arch.BaseModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterDigestTest {
  private static final Path ADAPTER = Fixtures.path("adapters/qwen2-tied-lora");

  @TempDir Path temp;

  @Test
  void whereItLiesAndWhoWroteItDoNotCount() throws IOException {
    String digest = AdapterDigest.of(ADAPTER, "base", "template");
    String config = Files.readString(ADAPTER.resolve("adapter_config.json"));
    write(config.replace("../../models/qwen2-tied", "elsewhere").replace("0.21.0", "0.22.0"));
    assertThat(AdapterDigest.of(temp, "base", "template")).isEqualTo(digest).hasSize(64);
  }

  @Test
  void configBaseAndTemplateCount() throws IOException {
    String digest = AdapterDigest.of(ADAPTER, "base", "template");
    assertThat(AdapterDigest.of(ADAPTER, "bas", "etemplate")).isNotEqualTo(digest);
    assertThat(AdapterDigest.of(ADAPTER, "base", "other")).isNotEqualTo(digest);
    String config = Files.readString(ADAPTER.resolve("adapter_config.json"));
    write(config.replace("\"lora_alpha\": 8", "\"lora_alpha\": 9"));
    assertThat(AdapterDigest.of(temp, "base", "template")).isNotEqualTo(digest);
  }

  @Test
  void theProbeSeesAnAdapterThatDoesNothing() {
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    options.putArray("target_modules").add("q_proj");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Adapter trained = Methods.load(ADAPTER, base);
        Tunable fresh = Methods.start("lora", options, base, 1)) {
      assertThat(AdapterProbe.effect(base, trained)).isGreaterThan(0.1);
      assertThat(AdapterProbe.effect(base, (Adapter) fresh)).isZero();
      assertThat(fresh.count().trained()).isEqualTo(2 * (8 * 64 + 64 * 8));
      assertThat(fresh.count().percent()).isBetween(1.0, 3.0);
    }
  }

  private void write(String config) throws IOException {
    Files.writeString(temp.resolve("adapter_config.json"), config);
    Files.copy(
        ADAPTER.resolve("adapter_model.safetensors"), temp.resolve("adapter_model.safetensors"));
  }
}
