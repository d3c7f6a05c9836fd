package dev.tuneline.benchmarks;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a benchmark measures on and with.
 *
 * @param home the repository's root
 * @param peerPython the Python that runs the peer; null when only ours is asked for
 */
public record Bench(Path home, @Nullable String peerPython) {
  /** A folder for what may be kept from one run to the next. */
  public Path scratch() {
    return home.resolve("benchmarks/target");
  }

  /** The peer of a benchmark in a process of its own; null when only ours is asked for. */
  public @Nullable Worker peer(String benchmark) {
    return peerPython == null
        ? null
        : Worker.start(
            Map.of("PYTHONIOENCODING", "utf-8"),
            "install benchmarks/peers/requirements.txt for that Python",
            peerPython,
            home.resolve("benchmarks/peers/" + benchmark + ".py").toString());
  }

  /**
   * A program of this module in a process of its own, run as a service is.
   *
   * @param heap bound of its heap; null for a service's
   */
  public Worker ours(Class<?> program, @Nullable String heap) {
    return Worker.start(
        Map.of(
            "TUNELINE_SKIP_BUILD",
            "true",
            "TUNELINE_JAVA_HOME",
            System.getProperty("java.home"),
            "TUNELINE_HEAP",
            heap == null ? "" : heap),
        "see its complaints above",
        home.resolve("tuneline").toString(),
        "program",
        "benchmarks",
        program.getName());
  }
}
