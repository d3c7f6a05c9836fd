package dev.tuneline.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.errors.Problem;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A Python script that does the same work: it answers each line of JSON with one line of JSON. Its
 * complaints go to our standard error.
 */
final class Peer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final BufferedWriter requests;
  private final BufferedReader answers;

  private Peer(Process process) {
    this.process = process;
    requests = process.outputWriter(UTF_8);
    answers = process.inputReader(UTF_8);
  }

  /**
   * Starts a script.
   *
   * @throws Problem NO_PYTHON when {@code python} is no program
   */
  static Peer start(String python, Path script) {
    ProcessBuilder builder = new ProcessBuilder(python, script.toString());
    builder.environment().put("PYTHONIOENCODING", "utf-8");
    try {
      return new Peer(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
    } catch (IOException e) {
      throw Problem.caller("NO_PYTHON", "'" + python + "' cannot be run").causedBy(e);
    }
  }

  /**
   * Has the script do something and waits for it.
   *
   * @throws Problem PEER_FAILED when it ends instead
   */
  JsonNode ask(Map<String, String> request) {
    try {
      requests.write(JSON.writeValueAsString(request));
      requests.newLine();
      requests.flush();
      String answer = answers.readLine();
      if (answer == null) {
        throw Problem.ours("PEER_FAILED", "the peer ended before it answered", null)
            .mend("install benchmarks/peers/requirements.txt for that Python");
      }
      return JSON.readTree(answer);
    } catch (IOException e) {
      throw Problem.ours("PEER_FAILED", "the peer does not answer", e)
          .mend("install benchmarks/peers/requirements.txt for that Python");
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
