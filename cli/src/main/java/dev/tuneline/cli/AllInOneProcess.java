package dev.tuneline.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.errors.Problem;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The all-in-one in a process of its own, which ends with this one. */
final class AllInOneProcess implements AutoCloseable {
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(40);
  private static final int LOG_TAIL_LINES = 15;

  private final Process process;
  private final Thread endWithJvm;

  private AllInOneProcess(Process process) {
    this.process = process;
    this.endWithJvm = new Thread(this::stop, "all-in-one-end");
    Runtime.getRuntime().addShutdownHook(endWithJvm);
  }

  /**
   * Starts it and returns when it is ready, which it says by its one line on standard output.
   *
   * @param home the folder that holds the {@code tuneline} script
   * @param data its data folder; its log goes there too
   */
  static AllInOneProcess start(Path home, Path data, int httpPort, int grpcPort) {
    Path log = data.resolve("all-in-one.log");
    try {
      Files.createDirectories(data);
      ProcessBuilder builder =
          new ProcessBuilder(
                  home.resolve("tuneline").toString(),
                  "up",
                  "--data",
                  data.toString(),
                  "--http-port",
                  Integer.toString(httpPort),
                  "--grpc-port",
                  Integer.toString(grpcPort),
                  "--parent",
                  Long.toString(ProcessHandle.current().pid()))
              .redirectError(log.toFile());
      builder.environment().put("TUNELINE_SKIP_BUILD", "true");
      AllInOneProcess started = new AllInOneProcess(builder.start());
      started.awaitReady(log);
      return started;
    } catch (IOException e) {
      throw Problem.ours("START_FAILED", "the all-in-one cannot be started", e).at("log", log);
    }
  }

  private void awaitReady(Path log) throws IOException {
    BufferedReader out = process.inputReader(UTF_8);
    if (out.readLine() != null) {
      return;
    }
    stop();
    List<String> lines = Files.readAllLines(log, UTF_8);
    String said =
        lines.stream()
            .filter(line -> line.startsWith("error: "))
            .findFirst()
            .map(line -> line.substring("error: ".length()))
            .orElseGet(
                () ->
                    String.join(
                        System.lineSeparator(),
                        lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size())));
    throw Problem.ours("START_FAILED", "the all-in-one did not start: " + said, null)
        .at("log", log);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits until it ends by itself. */
  int await() {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private boolean stop() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        return false;
      }
      return true;
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Ends it in order, and by force if it takes too long. */
  @Override
  public void close() {
    stop();
    Runtime.getRuntime().removeShutdownHook(endWithJvm);
  }
}
