package dev.tuneline.allinone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class AllInOneOptionsTest {
  @Test
  void listensOn8080And9090AndKeepsItsDataInData() {
    AllInOneOptions options = AllInOneOptions.parse();

    assertThat(options.httpPort()).isEqualTo(8080);
    assertThat(options.grpcPort()).isEqualTo(9090);
    assertThat(options.data()).isEqualTo(Path.of("data").toAbsolutePath());
    assertThat(options.parent()).isEmpty();
    assertThat(options.rest()).isEmpty();
  }

  @Test
  void theLastOfTwoCountsAndTheRestIsForTheServices() {
    AllInOneOptions options =
        AllInOneOptions.parse(
            "--data", "/a", "--data=/b", "--http-port", "1", "--parent=7", "--config", "x.yml");

    assertThat(options.data()).isEqualTo(Path.of("/b"));
    assertThat(options.httpPort()).isEqualTo(1);
    assertThat(options.parent()).hasValue(7);
    assertThat(options.rest()).containsExactly("--config", "x.yml");
  }

  @Test
  void namesTheOptionThatIsWrong() {
    for (String[] wrong :
        new String[][] {{"--http-port", "many"}, {"--grpc-port=70000"}, {"--data"}}) {
      assertThatThrownBy(() -> AllInOneOptions.parse(wrong))
          .asInstanceOf(type(Problem.class))
          .satisfies(
              problem ->
                  assertThat(problem.details()).containsEntry("field", wrong[0].split("=", 2)[0]));
    }
  }
}
