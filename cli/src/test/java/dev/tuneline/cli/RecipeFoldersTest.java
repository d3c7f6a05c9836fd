package dev.tuneline.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tuneline.proto.v1.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The recipes are complete, and their data come from their generators. */
class RecipeFoldersTest {
  private static final Path RECIPES = Path.of("../recipes");

  @ParameterizedTest
  @CsvSource({
    "legal-qa, METHOD_LORA",
    "crime-kg, METHOD_P_TUNING_V2",
    "instructions-zh, METHOD_LORA",
    "news-classification, METHOD_LORA"
  })
  void namesItsDataItsJobAndAQuestion(String name, Method method) throws IOException {
    Recipe recipe = Recipe.read(RECIPES.resolve(name));
    assertThat(recipe.file()).isRegularFile();
    assertThat(Path.of("../models", recipe.spec().getBaseModel())).isDirectory();
    assertThat(recipe.spec().getMethod()).isEqualTo(method);
    assertThat(recipe.spec().getDeployment().getName()).isEqualTo(name);
    assertThat(recipe.question()).isNotEmpty();
    // Rows may hold bytes that are not UTF-8, on purpose: look for the bytes of the question.
    String latin = Files.readString(recipe.file(), ISO_8859_1);
    String asked = recipe.question().lines().toList().getLast();
    assertThat(latin).doesNotContain(new String(asked.getBytes(UTF_8), ISO_8859_1));
  }

  @ParameterizedTest
  @CsvSource({
    "legal-qa, topics.txt, legal-qa.csv",
    "crime-kg, crimes.txt, crime-kg.jsonl",
    "news-classification, news.txt, news.jsonl"
  })
  void theGeneratorWritesTheSameBytesAgain(
      String name, String source, String data, @TempDir Path folder) throws Exception {
    Path recipe = RECIPES.resolve(name);
    Files.copy(recipe.resolve(source), folder.resolve(source));
    Process generator =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                recipe.resolve("Generate.java").toString(),
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    assertThat(generator.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(generator.exitValue()).as(Files.readString(folder.resolve("output"))).isZero();
    assertThat(folder.resolve(data)).hasSameBinaryContentAs(recipe.resolve(data));
  }
}
