package dev.tuneline.engine.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterIdentityTest {
  @TempDir private Path scratch;

  @Test
  void ignoresTheOrderOfKeysAndNotesForPeople() throws IOException {
    Path one = adapter("{\"r\": 8, \"lora_alpha\": 16, \"base_model_name_or_path\": \"a\"}", "w");
    Path other = adapter("{\"lora_alpha\":16,\"base_model_name_or_path\":\"/x/b\",\"r\":8}", "w");

    assertThat(AdapterIdentity.of(one, "base", "template"))
        .matches("[0-9a-f]{64}")
        .isEqualTo(AdapterIdentity.of(other, "base", "template"));
  }

  @Test
  void changesWithEachPart() throws IOException {
    Path adapter = adapter("{\"r\": 8}", "w");

    assertThat(AdapterIdentity.of(adapter, "base", "template"))
        .isNotEqualTo(AdapterIdentity.of(adapter("{\"r\": 4}", "w"), "base", "template"))
        .isNotEqualTo(AdapterIdentity.of(adapter("{\"r\": 8}", "v"), "base", "template"))
        .isNotEqualTo(AdapterIdentity.of(adapter, "base2", "template"))
        .isNotEqualTo(AdapterIdentity.of(adapter, "base", "template2"));
  }

  @Test
  void namesTheFileThatIsMissing() {
    Problem problem =
        catchThrowableOfType(Problem.class, () -> AdapterIdentity.of(scratch, "base", "template"));

    assertThat(problem.reason()).isEqualTo("MALFORMED_ADAPTER");
    assertThat(problem.details().get(Problem.FILE)).endsWith("adapter_model.safetensors");
  }

  private Path adapter(String config, String weights) throws IOException {
    Path folder = Files.createTempDirectory(scratch, "adapter");
    Files.writeString(folder.resolve("adapter_config.json"), config);
    Files.writeString(folder.resolve("adapter_model.safetensors"), weights);
    return folder;
  }
}
