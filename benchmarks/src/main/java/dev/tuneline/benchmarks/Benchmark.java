package dev.tuneline.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something to measure, named by what it measures. */
interface Benchmark {
  /** The name on the command line, and of the peer's script. */
  String name();

  /**
   * Measures ours and, in turn with it, the peer.
   *
   * @param home the repository's root
   * @param peer null when only ours is asked for
   */
  List<Figure> measure(Path home, @Nullable Peer peer) throws IOException;
}
