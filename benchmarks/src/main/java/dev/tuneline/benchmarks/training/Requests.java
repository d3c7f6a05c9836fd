package dev.tuneline.benchmarks.training;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;

/** The other end of a {@link dev.tuneline.benchmarks.Worker}. */
final class Requests {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What answers a request with a map or record. */
  @FunctionalInterface
  interface Answer {
    Object to(JsonNode request) throws IOException;
  }

  private Requests() {}

  /** Answers the lines of standard input until it ends. */
  static void answer(Answer answer) throws IOException {
    PrintStream answers = System.out;
    // Whatever a library prints is no answer.
    System.setOut(System.err);
    System.setProperty("slf4j.internal.verbosity", "ERROR");
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    String line;
    while ((line = requests.readLine()) != null) {
      answers.println(JSON.writeValueAsString(answer.to(JSON.readTree(line))));
      answers.flush();
    }
  }
}
