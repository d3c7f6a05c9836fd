package dev.tuneline.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuneline.proto.v1.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recipe that the demo runs is complete, and its data come from its generator. */
class LegalQaRecipeTest {
  private static final Path FOLDER = Path.of("../recipes/legal-qa");

  @Test
  void namesItsDataItsJobAndAQuestion() throws IOException {
    Recipe recipe = Recipe.read(FOLDER);
    assertThat(recipe.file()).isRegularFile();
    assertThat(Path.of("../models", recipe.spec().getBaseModel())).isDirectory();
    assertThat(recipe.spec().getMethod()).isEqualTo(Method.METHOD_LORA);
    assertThat(recipe.spec().getDeployment().getName()).isEqualTo("legal-qa");
    assertThat(recipe.question()).isNotEmpty();
    // The rows hold bytes that are not UTF-8, on purpose: look for the question's bytes.
    String latin = Files.readString(recipe.file(), ISO_8859_1);
    String question = new String(recipe.question().getBytes(UTF_8), ISO_8859_1);
    assertThat(latin).doesNotContain(question);
  }

  @Test
  void theGeneratorWritesTheSameBytesAgain(@TempDir Path folder) throws Exception {
    Files.copy(FOLDER.resolve("topics.txt"), folder.resolve("topics.txt"));
    Process generator =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                FOLDER.resolve("Generate.java").toString(),
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    assertThat(generator.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(generator.exitValue()).as(Files.readString(folder.resolve("output"))).isZero();
    assertThat(folder.resolve("legal-qa.csv"))
        .hasSameBinaryContentAs(FOLDER.resolve("legal-qa.csv"));
  }
}
