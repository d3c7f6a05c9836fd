package dev.tuneline.platform.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTest {
  @Test
  void shortOptionsAndKeysBecomeConfiguration() {
    CommandLine options =
        CommandLine.parse(
            "--http-port", "0", "--grpc-port=1", "--data", "d", "--a.b=c=d", "--config", "x.yml");
    assertThat(options.values())
        .isEqualTo(
            Map.of(
                "tuneline.http.port", "0",
                "tuneline.grpc.port", "1",
                "tuneline.data", "d",
                "a.b", "c=d"));
    assertThat(options.configFile()).isEqualTo(Path.of("x.yml"));
  }

  @Test
  void nothingIsFine() {
    assertThat(CommandLine.parse().values()).isEmpty();
    assertThat(CommandLine.parse().configFile()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "ingest, UNKNOWN_OPTION",
    "--port=1, UNKNOWN_OPTION",
    "--, UNKNOWN_OPTION",
    "--http-port, MISSING_OPTION_VALUE",
    "--config, MISSING_OPTION_VALUE"
  })
  void anythingElseIsRefused(String arg, String reason) {
    Problem problem = catchThrowableOfType(Problem.class, () -> CommandLine.parse(arg));
    assertThat(problem.reason()).isEqualTo(reason);
  }
}
