package dev.tuneline.datasets;

import dev.tuneline.errors.Problem;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine;

/** How the programs that need no server run their command. */
public final class Program {
  private Program() {}

  /**
   * Runs a command and tells a failure in one line.
   *
   * @return its exit code; 1 when it failed, 2 for wrong usage
   */
  public static int run(Callable<Integer> command, PrintStream err, String... args) {
    return new CommandLine(command)
        .setUsageHelpWidth(100)
        .setExecutionExceptionHandler(
            (failure, _, _) -> {
              err.println("error: " + Problem.from(failure).describe());
              return 1;
            })
        .execute(args);
  }
}
