package dev.tuneline.benchmarks;

import java.io.IOException;
import java.util.List;

/** Something to measure, named by what it measures. */
public interface Benchmark {
  /** The name on the command line, and of the peer's script. */
  String name();

  /** What it consists of; each can be measured alone. */
  List<Part> parts();

  /** One or more figures that are measured together. */
  interface Part {
    String name();

    /** Measures ours and, in turn with it, the peer. */
    List<Figure> measure(Bench bench) throws IOException;
  }
}
