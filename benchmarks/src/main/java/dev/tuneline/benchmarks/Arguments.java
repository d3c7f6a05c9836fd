package dev.tuneline.benchmarks;

import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The command line.
 *
 * @param name which benchmark
 * @param peerPython the Python that runs the peer
 * @param only what the names of the parts to measure have in them; null for all parts
 * @param json where the figures are written
 */
record Arguments(
    String name, @Nullable String peerPython, @Nullable String only, @Nullable Path json) {
  static final String REASON = "WRONG_ARGUMENTS";

  /**
   * Reads {@code NAME [--only PART] [--peer-python PY] [--json FILE]}, in any order.
   *
   * @throws Problem WRONG_ARGUMENTS
   */
  static Arguments parse(List<String> words) {
    String name = null;
    String peerPython = null;
    String only = null;
    Path json = null;
    Iterator<String> rest = words.iterator();
    while (rest.hasNext()) {
      String word = rest.next();
      if (word.equals("--peer-python")) {
        peerPython = value(word, rest);
      } else if (word.equals("--only")) {
        only = value(word, rest);
      } else if (word.equals("--json")) {
        json = Path.of(value(word, rest));
      } else if (name == null && !word.startsWith("-")) {
        name = word;
      } else {
        throw wrong("'" + word + "' is not understood");
      }
    }
    if (name == null) {
      throw wrong("no benchmark is named");
    }
    return new Arguments(name, peerPython, only, json);
  }

  private static String value(String option, Iterator<String> rest) {
    if (!rest.hasNext()) {
      throw wrong(option + " needs a value");
    }
    return rest.next();
  }

  private static Problem wrong(String message) {
    return Problem.caller(REASON, message)
        .mend("benchmarks/run NAME [--only PART] [--peer-python PY] [--json FILE]");
  }
}
