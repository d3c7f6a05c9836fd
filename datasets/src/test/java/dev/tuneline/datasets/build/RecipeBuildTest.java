package dev.tuneline.datasets.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeBuildTest {
  private static final Path RECIPE = Path.of("../recipes/instructions-zh");

  @TempDir Path folder;

  @Test
  void theRecipesDataAreWhatItBuilds() {
    PrintStream out = new PrintStream(new ByteArrayOutputStream());
    Path built = folder.resolve("out.jsonl");

    assertThat(
            BuildMain.run(
                out, out, RECIPE.resolve("build.yaml").toString(), "--out", built.toString()))
        .isZero();
    assertThat(built).hasSameBinaryContentAs(RECIPE.resolve("instructions-zh.jsonl"));
  }
}
