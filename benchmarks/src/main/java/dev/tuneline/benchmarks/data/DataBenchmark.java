package dev.tuneline.benchmarks.data;

import dev.tuneline.benchmarks.Benchmark;
import java.util.List;

/** From files to rows, and from rows to tokens, in one process on the cores that there are. */
public final class DataBenchmark implements Benchmark {
  @Override
  public String name() {
    return "data";
  }

  @Override
  public List<Part> parts() {
    return List.of(new CsvToRows(), new ConversationsToShard());
  }
}
