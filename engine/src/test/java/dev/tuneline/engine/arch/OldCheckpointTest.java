package dev.tuneline.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.AdapterFiles;
import dev.tuneline.engine.adapter.AdapterIdentity;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.module.ModuleAdapter;
import dev.tuneline.engine.tensor.BinFiles;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Model and adapter folders whose weights torch.save wrote. */
class OldCheckpointTest {
  private static final Path SHARDED = Fixtures.path("models/qwen2-untied");

  @TempDir Path temp;

  @Test
  void loadsShardedBinFilesAsTheSafetensorsOfTheSameModel() throws IOException {
    Path folder = binFolder();
    try (BaseModel expected = BaseModel.load(SHARDED);
        BaseModel loaded = BaseModel.load(folder)) {
      assertThat(loaded.weights().all().keySet()).isEqualTo(expected.weights().all().keySet());
      expected
          .weights()
          .all()
          .forEach(
              (name, array) ->
                  assertThat(Tensors.floats(loaded.weights().get(name)))
                      .as(name)
                      .containsExactly(Tensors.floats(array)));
      assertThat(loaded.digest()).hasSize(64).isNotEqualTo(expected.digest());
    }
  }

  @Test
  void safetensorsGoFirst() throws IOException {
    Path folder = binFolder();
    for (Path file : List.of(SHARDED.resolve("model.safetensors.index.json"))) {
      Files.copy(file, folder.resolve(file.getFileName().toString()));
    }
    Problem problem = catchThrowableOfType(Problem.class, () -> BaseModel.load(folder).close());
    assertThat(problem.reason()).isEqualTo("FILE_NOT_FOUND");
    assertThat(problem.details().get(Problem.FILE)).endsWith("00001-of-00003.safetensors");
  }

  @Test
  void loadsAnOldAdapter() throws IOException {
    Path source = Fixtures.path("adapters/qwen2-tied-lora");
    Files.copy(source.resolve(AdapterFiles.CONFIG), temp.resolve(AdapterFiles.CONFIG));
    Path file = temp.resolve("adapter_model.bin");
    BinFiles.convert(source.resolve(AdapterFiles.WEIGHTS), file);
    assertThat(AdapterFiles.weights(temp)).isEqualTo(file);
    assertThat(AdapterIdentity.of(temp, "base", "template")).hasSize(64);
    Path again = Files.createDirectory(temp.resolve("again"));
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      try (var old = (ModuleAdapter) Methods.load(temp, base)) {
        old.save(again);
      }
      assertThat(again.resolve(AdapterFiles.WEIGHTS))
          .hasSameBinaryContentAs(saved(source, base, Files.createDirectory(temp.resolve("new"))));
    }
  }

  private static Path saved(Path adapter, BaseModel base, Path folder) {
    try (var loaded = (ModuleAdapter) Methods.load(adapter, base)) {
      loaded.save(folder);
    }
    return folder.resolve(AdapterFiles.WEIGHTS);
  }

  private Path binFolder() throws IOException {
    Files.copy(SHARDED.resolve("config.json"), temp.resolve("config.json"));
    String index = Files.readString(SHARDED.resolve("model.safetensors.index.json"));
    for (int shard = 1; shard <= 3; shard++) {
      String name = "model-0000%d-of-00003.safetensors".formatted(shard);
      String bin = "pytorch_model-0000%d-of-00003.bin".formatted(shard);
      BinFiles.convert(SHARDED.resolve(name), temp.resolve(bin));
      index = index.replace(name, bin);
    }
    Files.writeString(temp.resolve("pytorch_model.bin.index.json"), index);
    return temp;
  }
}
