package dev.tuneline.allinone;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One service as a process of its own, which can be killed without a warning and started again. */
final class ServiceProcess implements AutoCloseable {
  private final String name;
  private final String mainClass;
  private final List<String> options;
  private final Path log;
  private final int httpPort = freePort();
  private final int grpcPort = freePort();
  private @Nullable Process process;
  private int starts;

  ServiceProcess(String name, String mainClass, Path logFolder, List<String> options) {
    this.name = name;
    this.mainClass = mainClass;
    this.options = options;
    this.log = logFolder.resolve(name + "-" + grpcPort + ".log");
  }

  int grpcPort() {
    return grpcPort;
  }

  int httpPort() {
    return httpPort;
  }

  /** Starts the process without waiting for it. */
  void start() {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                mainClass,
                "--http-port",
                Integer.toString(httpPort),
                "--grpc-port",
                Integer.toString(grpcPort)));
    command.addAll(options);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    try {
      process = builder.start();
      starts++;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the process has said that it is ready, as often as it was started. */
  void awaitReady() {
    await()
        .atMost(Duration.ofMinutes(2))
        .failFast(
            () -> {
              if (process == null || !process.isAlive()) {
                throw new AssertionError(name + " ended; it had said:\n" + Files.readString(log));
              }
            })
        .until(this::isReady);
  }

  /** Whether the process, as often as it was started, has said that it is ready. */
  boolean isReady() throws IOException {
    return readyLines() >= starts;
  }

  /** SIGKILL: nothing runs in the process after this. */
  void kill() {
    if (process != null) {
      process.destroyForcibly();
      try {
        process.waitFor(30, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** SIGSTOP: the process hangs until it is woken. */
  void hang() {
    signal("STOP");
  }

  /** SIGCONT: a process that hung goes on where it was. */
  void wake() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      long pid = Objects.requireNonNull(process).pid();
      Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
      if (kill.waitFor() != 0) {
        throw new AssertionError("kill -" + name + " was refused");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Kills the process and starts it again. */
  void killAndStart() {
    kill();
    start();
  }

  private long readyLines() throws IOException {
    try (var lines = Files.lines(log)) {
      return lines.filter(line -> line.startsWith(name + " is ready")).count();
    }
  }

  @Override
  public void close() {
    kill();
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
