package dev.tuneline.parity;

import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A model folder loaded with one of its other configurations; {@link #close} frees it. */
record ConfiguredModel(BaseModel base, TemporaryFolder view) implements AutoCloseable {
  /** Loads {@code folder} as if {@code config} were its config.json. */
  static ConfiguredModel load(Path folder, Path config) throws IOException {
    TemporaryFolder view = TemporaryFolder.create();
    try {
      for (Path file : Folders.files(folder)) {
        if (!Folders.name(file).equals("config.json")) {
          Files.createSymbolicLink(view.path().resolve(Folders.name(file)), file.toAbsolutePath());
        }
      }
      Files.copy(config, view.path().resolve("config.json"));
      return new ConfiguredModel(BaseModel.load(view.path()), view);
    } catch (Problem problem) {
      view.close();
      String place = problem.details().getOrDefault(Problem.FILE, "");
      throw problem.at(
          Problem.FILE,
          place
              .replace(view.path().resolve("config.json").toString(), config.toString())
              .replace(view.path().toString(), folder.toString()));
    } catch (IOException | RuntimeException e) {
      view.close();
      throw e;
    }
  }

  @Override
  public void close() {
    base.close();
    view.close();
  }
}
