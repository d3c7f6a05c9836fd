package dev.tuneline.benchmarks;

import dev.tuneline.benchmarks.Benchmark.Part;
import dev.tuneline.benchmarks.data.DataBenchmark;
import dev.tuneline.benchmarks.training.TrainingBenchmark;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The program behind {@code benchmarks/run NAME [--only PART] [--peer-python PY] [--json FILE]}.
 */
public final class BenchmarkMain {
  private static final List<Benchmark> ALL =
      List.of(new EvaluationBenchmark(), new TrainingBenchmark(), new DataBenchmark());

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
    List<Part> parts = parts(named(arguments.name()), arguments.only());
    Bench bench =
        new Bench(
            Path.of(System.getProperty("dev.tuneline.home", ".")).toAbsolutePath(),
            arguments.peerPython());
    List<Figure> figures = new ArrayList<>();
    System.out.print(Report.heading());
    System.out.flush();
    for (Part part : parts) {
      List<Figure> measured = part.measure(bench);
      System.out.print(Report.rows(measured));
      figures.addAll(measured);
      if (arguments.json() != null) {
        Report.write(figures, arguments.json());
      }
    }
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

  private static List<Part> parts(Benchmark benchmark, @Nullable String only) {
    String wanted = only == null ? "" : only.toLowerCase(Locale.ROOT);
    List<Part> parts =
        benchmark.parts().stream()
            .filter(part -> part.name().toLowerCase(Locale.ROOT).contains(wanted))
            .toList();
    if (parts.isEmpty()) {
      throw Problem.caller(Arguments.REASON, "no part has '" + only + "' in its name")
          .mend(
              "there are: "
                  + benchmark.parts().stream().map(Part::name).collect(Collectors.joining("; ")));
    }
    return parts;
  }
}
