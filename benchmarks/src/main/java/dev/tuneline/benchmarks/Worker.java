package dev.tuneline.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.errors.Problem;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A program, ours or the peer, in a process of its own: it answers each line of JSON with one line
 * of JSON. Its complaints go to our standard error.
 */
public final class Worker implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PEAK = "VmHWM:";

  private final Process process;
  private final String mend;
  private final BufferedWriter requests;
  private final BufferedReader answers;

  private Worker(Process process, String mend) {
    this.process = process;
    this.mend = mend;
    requests = process.outputWriter(UTF_8);
    answers = process.inputReader(UTF_8);
  }

  /**
   * Starts a program.
   *
   * @param mend what to do when it fails
   * @throws Problem NO_PROGRAM when {@code command} cannot be run
   */
  static Worker start(Map<String, String> environment, String mend, String... command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    try {
      return new Worker(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start(), mend);
    } catch (IOException e) {
      throw Problem.caller("NO_PROGRAM", "'" + command[0] + "' cannot be run").causedBy(e);
    }
  }

  /**
   * Has the program do something and waits for it.
   *
   * @param request a map or record, written as JSON
   * @throws Problem WORKER_FAILED when it ends instead
   */
  public JsonNode ask(Object request) {
    try {
      requests.write(JSON.writeValueAsString(request));
      requests.newLine();
      requests.flush();
      String answer = answers.readLine();
      if (answer == null) {
        throw Problem.ours("WORKER_FAILED", "a program ended before it answered", null).mend(mend);
      }
      return JSON.readTree(answer);
    } catch (IOException e) {
      throw Problem.ours("WORKER_FAILED", "a program does not answer", e).mend(mend);
    }
  }

  /** The most memory that was resident since its start, as Linux counts it. */
  public long peakBytes() {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    try {
      String line =
          Files.readAllLines(status).stream()
              .filter(l -> l.startsWith(PEAK))
              .findFirst()
              .orElseThrow(() -> new IOException(status + " names no " + PEAK));
      return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
    } catch (IOException e) {
      throw Problem.ours("WORKER_FAILED", "a program's memory is not known", e).mend(mend);
    }
  }

  /** Ends the program and waits for its end, so that its memory is free again. */
  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
