package dev.tuneline.platform.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tuneline.platform.service.probe.ProbeMain;
import dev.tuneline.platform.testing.TestServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The life of a service as a process of its own. */
class ProcessIT {
  @TempDir Path folder;

  private Process start(Map<String, String> environment, String... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--sun-misc-unsafe-memory-access=allow",
                // As in production, not as in tests.
                "-Dlogback.configurationFile=logback.xml",
                "-cp",
                System.getProperty("java.class.path"),
                ProbeMain.class.getName(),
                "--data",
                folder.toString(),
                "--tuneline.kafka.namespace",
                TestServers.unique("process-it") + "."));
    command.addAll(Arrays.asList(more));
    ProcessBuilder process =
        new ProcessBuilder(command)
            .redirectOutput(folder.resolve("out").toFile())
            .redirectError(folder.resolve("err").toFile());
    process.environment().putAll(environment);
    return process.start();
  }

  @Test
  void saysWhenItIsReadyAndClosesItsBeansOnSigterm() throws Exception {
    Process process =
        start(
            Map.of(
                "TUNELINE_KAFKA_BOOTSTRAP_SERVERS", TestServers.kafka().bootstrapServers(),
                "TUNELINE_INGEST_REDIS_URI", "redis://redis:6379",
                "TUNELINE_PORT", "tcp://10.0.0.1:80"));
    try {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> Files.readString(folder.resolve("out")).endsWith("\n"));
      assertThat(Files.readString(folder.resolve("out")))
          .matches("probe is ready after [0-9.]+ s: HTTP on http://127\\.0\\.0\\.1:\\d+, .*\n");
      assertThat(folder.resolve("closed")).doesNotExist();
      assertThat(Files.readString(folder.resolve("err")))
          .contains("environment variable TUNELINE_PORT sets nothing")
          .doesNotContain("INGEST");
      process.destroy();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(128 + 15);
      assertThat(folder.resolve("closed")).exists();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void endsWithCode1AndOneLineWhenItCannotStart() throws Exception {
    Process process =
        start(
            Map.of(),
            "--tuneline.kafka.bootstrap-servers=127.0.0.1:1",
            "--tuneline.kafka.start-timeout-ms=500");
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(1);
      assertThat(Files.readString(folder.resolve("out"))).isEmpty();
      assertThat(Files.readString(folder.resolve("err")))
          .contains("probe did not start: no Kafka broker answers at 127.0.0.1:1")
          .doesNotContain("\tat ");
    } finally {
      process.destroyForcibly();
    }
  }
}
