package dev.tuneline.datasets.build;

import dev.tuneline.datasets.Program;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * The command {@code tuneline dataset build}. Exit codes: 0 there are examples, 1 there are none or
 * something went wrong, 2 wrong usage.
 */
@Command(
    name = "tuneline dataset build",
    description = "Builds a file of examples by a recipe; see docs/datasets.md.",
    mixinStandardHelpOptions = true,
    version = "tuneline 0.1.0")
final class BuildMain implements Callable<Integer> {
  private final PrintStream out;

  @Parameters(paramLabel = "RECIPE", description = "what to build, as YAML")
  private Path recipe = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "where the examples go, as JSON Lines")
  private Path file = Path.of("");

  @Option(
      names = "--gateway",
      paramLabel = "HOST:PORT",
      defaultValue = "${TUNELINE_GATEWAY:-}",
      description = "the inference-gateway that self-instruct asks, whatever the recipe says")
  private String gateway = "";

  private BuildMain(PrintStream out) {
    this.out = out;
  }

  /** Builds one dataset and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(System.out, System.err, args));
  }

  static int run(PrintStream out, PrintStream err, String... args) {
    return Program.run(new BuildMain(out), err, args);
  }

  @Override
  public Integer call() {
    DatasetBuild build =
        new DatasetBuild(BuildRecipe.read(recipe, gateway.isEmpty() ? null : gateway), file);
    build.run();
    build.accounts().forEach((name, account) -> out.println(name + ": " + account));
    out.println("examples: " + file);
    out.println("what was not kept: " + build.rejectionsFile());
    return 0;
  }
}
