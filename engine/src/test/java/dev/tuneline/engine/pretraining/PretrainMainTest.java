package dev.tuneline.engine.pretraining;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainMainTest {
  private static final Path MODEL = Path.of("../fixtures/models/qwen2-tied");

  @TempDir Path folder;

  @Test
  void makesALoadableModelThatIsTheSameAgain() throws IOException {
    corpus(
        "{\"text\": \"春天来了。\"}\n{\"text\": \"The sun is warm.\"}\n",
        """
        {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}]}
        """);
    PretrainMain.main(arguments("first"));
    PretrainMain.main(arguments("second"));
    assertThat(folder.resolve("first/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("second/model.safetensors"));
    try (BaseModel made = BaseModel.load(folder.resolve("first"));
        BaseModel fixture = BaseModel.load(MODEL)) {
      assertThat(made.shape()).isEqualTo(fixture.shape());
    }
  }

  @Test
  void aBrokenLineIsNamed() throws IOException {
    corpus("{\"text\": \"good\"}\n{\"text\": \n", "");
    Problem problem =
        catchThrowableOfType(Problem.class, () -> PretrainMain.main(arguments("model")));
    assertThat(problem.reason()).isEqualTo("BAD_JSON");
    assertThat(problem.details()).containsEntry(Problem.LINE, "2").containsKey(Problem.FILE);
  }

  private String[] arguments(String out) {
    return new String[] {MODEL.toString(), folder.toString(), folder.resolve(out).toString()};
  }

  private void corpus(String plain, String chat) throws IOException {
    Files.writeString(folder.resolve("plain.jsonl"), plain);
    Files.writeString(folder.resolve("chat.jsonl"), chat);
  }
}
