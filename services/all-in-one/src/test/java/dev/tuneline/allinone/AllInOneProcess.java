package dev.tuneline.allinone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The all-in-one as the user runs it: a process of its own. */
final class AllInOneProcess implements AutoCloseable {
  private static final Pattern READY =
      Pattern.compile(
          "tuneline is ready: HTTP on (http://127.0.0.1:\\d+), gRPC on (127.0.0.1:\\d+)");

  private final Process process;
  private final Path log;
  private final BufferedReader out;

  AllInOneProcess(Path data, String... options) throws IOException {
    log = Files.createTempFile(data.toAbsolutePath().getParent(), "all-in-one", ".log");
    Path models = Files.createDirectories(data.resolve("models"));
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx512m",
                "-XX:+UseSerialGC",
                // The one of the services, not the one of tests, which writes to standard output.
                "-Dlogback.configurationFile=logback.xml",
                "-cp",
                System.getProperty("java.class.path"),
                AllInOneMain.class.getName(),
                "--data",
                data.toString(),
                "--tuneline.models.root=" + models));
    command.addAll(List.of(options));
    process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    out = process.inputReader(UTF_8);
  }

  /** Waits for the one line; the answer is where HTTP and gRPC listen. */
  Matcher awaitReady() throws IOException {
    String line = out.readLine();
    Matcher ready = READY.matcher(line == null ? "" : line);
    if (!ready.matches()) {
      throw new AssertionError("it said '" + line + "' and logged " + Files.readString(log));
    }
    return ready;
  }

  /** Waits for its end. */
  int exitCode() throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new AssertionError("it does not end");
    }
    return process.exitValue();
  }

  /** What it wrote to standard output after the line that was read. */
  @Nullable String nextLine() throws IOException {
    return out.readLine();
  }

  List<String> errors() throws IOException {
    return Files.readAllLines(log).stream().filter(line -> line.startsWith("error: ")).toList();
  }

  /** The Redis that it runs. */
  ProcessHandle redis() {
    return process.children().findFirst().orElseThrow();
  }

  long pid() {
    return process.pid();
  }

  /** SIGTERM. */
  void terminate() {
    // Not of the Process, which would close its output too.
    assertThat(process.toHandle().destroy()).isTrue();
  }

  /** SIGKILL, and the wait for its end. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
