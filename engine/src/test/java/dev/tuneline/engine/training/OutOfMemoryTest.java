package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class OutOfMemoryTest {
  private static final long GRANTED_BYTES = 160L << 20;

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "elsewhere no process can limit its own memory")
  void halvesTheMicroBatchAndGoesOnToTheSameResult() throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                LimitedMemoryMain.class.getName(),
                String.valueOf(GRANTED_BYTES))
            .redirectErrorStream(true);
    // Each further arena would take a large part of what is granted for itself.
    builder.environment().put("MALLOC_ARENA_MAX", "1");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    List<String[]> limited = steps(output, "limited");
    List<String[]> free = steps(output, "free");
    assertThat(limited).as(output).hasSize(2);
    assertThat(free).as(output).hasSize(2);
    for (int i = 0; i < 2; i++) {
      int microBatch = Integer.parseInt(limited.get(i)[1]);
      assertThat(microBatch).as(output).isBetween(1, 64);
      assertThat(Integer.parseInt(limited.get(i)[2])).isEqualTo(128 / microBatch);
      double loss = Double.parseDouble(free.get(i)[3]);
      double norm = Double.parseDouble(free.get(i)[4]);
      assertThat(Double.parseDouble(limited.get(i)[3])).isEqualTo(loss, within(1e-6 * loss));
      assertThat(Double.parseDouble(limited.get(i)[4])).isEqualTo(norm, within(1e-5 * norm));
    }
  }

  private static List<String[]> steps(String output, String name) {
    return output
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .map(line -> line.split(" ", -1))
        .toList();
  }
}
