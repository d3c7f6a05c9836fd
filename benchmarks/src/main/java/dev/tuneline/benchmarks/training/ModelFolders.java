package dev.tuneline.benchmarks.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.benchmarks.Bench;
import dev.tuneline.benchmarks.Worker;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/**
 * A model of some size, the same weights in Hugging Face folders of fp32 and bf16, and an adapter
 * to start from.
 */
record ModelFolders(ModelSize size, Path folder) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Drawing the largest weight takes as many floats of the heap. */
  private static final String MAKING_HEAP = "2g";

  /** Those of {@code size}, made unless they are there. */
  static ModelFolders of(ModelSize size, Bench bench) throws IOException {
    Path models = bench.scratch().resolve("models");
    Path folder = models.resolve(size.name().replace(" ", ""));
    if (!Files.isDirectory(folder)) {
      Path part = Files.createTempDirectory(Files.createDirectories(models), "part");
      for (String dtype : new String[] {"float32", "bfloat16"}) {
        Path sizes = Files.createDirectory(part.resolve(dtype));
        JSON.writeValue(sizes.resolve("config.json").toFile(), size.config(dtype));
      }
      try (Worker maker = bench.ours(ModelMaker.class, MAKING_HEAP)) {
        if (!maker.ask(Map.of("folder", part.toString())).path("done").asBoolean()) {
          throw Problem.ours("MODEL_NOT_MADE", "the maker of models has not made one", null);
        }
      }
      Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
    }
    return new ModelFolders(size, folder);
  }

  /** The model folder with weights of the given precision; NF4 is made of bf16. */
  Path model(Job.Held precision) {
    return folder.resolve(precision == Job.Held.FP32 ? "float32" : "bfloat16");
  }

  /** A PEFT folder of an adapter that ours begins with too. */
  Path adapter() {
    return folder.resolve(ModelMaker.ADAPTER);
  }
}
