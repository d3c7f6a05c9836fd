package dev.tuneline.benchmarks;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The program behind {@code benchmarks/run NAME [--peer-python PY] [--json FILE]}. */
public final class BenchmarkMain {
  private static final List<Benchmark> ALL = List.of(new EvaluationBenchmark());

  private BenchmarkMain() {}

  public static void main(String[] arguments) throws IOException {
    try {
      run(Arguments.parse(Arrays.asList(arguments)));
    } catch (Problem problem) {
      System.err.println("error: " + problem.describe());
      System.exit(problem.reason().equals(Arguments.REASON) ? 2 : 1);
    }
  }

  private static void run(Arguments arguments) throws IOException {
    Benchmark benchmark = named(arguments.name());
    Path home = Path.of(System.getProperty("dev.tuneline.home", "."));
    List<Figure> figures;
    try (Peer peer = peer(home, benchmark, arguments.peerPython())) {
      figures = benchmark.measure(home, peer);
    }
    System.out.print(Report.table(figures));
    if (arguments.json() != null) {
      Report.write(figures, arguments.json());
    }
  }

  private static @Nullable Peer peer(Path home, Benchmark benchmark, @Nullable String python) {
    return python == null
        ? null
        : Peer.start(python, home.resolve("benchmarks/peers/" + benchmark.name() + ".py"));
  }

  private static Benchmark named(String name) {
    return ALL.stream()
        .filter(benchmark -> benchmark.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                Problem.caller(Arguments.REASON, "there is no benchmark '" + name + "'")
                    .mend(
                        "use "
                            + ALL.stream().map(Benchmark::name).collect(Collectors.joining(", "))));
  }
}
