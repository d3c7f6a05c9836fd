package dev.tuneline.cli;

import dev.tuneline.errors.Problem;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;

/**
 * The {@code tuneline} command and all its subcommands.
 *
 * <p>Exit codes: 0 done, 1 a problem, 2 wrong usage.
 */
@Command(
    name = "tuneline",
    description = "From raw rows to an evaluated, deployed adapter for a chat model.",
    mixinStandardHelpOptions = true,
    version = "tuneline 0.1.0",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      UpCommand.class,
      DemoCommand.class,
      TuneCommand.class,
      JobsCommand.class,
      JobCommand.class,
      WatchCommand.class,
      PauseCommand.class,
      ResumeCommand.class,
      CancelCommand.class,
      EvalCommand.class,
      DatasetsCommand.class,
      DatasetCommand.class,
      ImportCommand.class,
      CutCommand.class,
      GrowCommand.class,
      ChatCommand.class,
      ModelsCommand.class,
      DeploymentsCommand.class,
      UndeployCommand.class
    })
final class TunelineCommand {
  private TunelineCommand() {}

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(Terminal.system(), args));
  }

  /** Runs one command. */
  static int run(Terminal terminal, String... args) {
    return new CommandLine(new TunelineCommand(), new Commands(terminal))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpWidth(100)
        .setOut(terminal.outWriter())
        .setErr(terminal.errWriter())
        .setExecutionExceptionHandler(report(terminal))
        .execute(args);
  }

  private static IExecutionExceptionHandler report(Terminal terminal) {
    return (failure, commandLine, parsed) -> {
      if (failure instanceof CommandLine.ParameterException usage) {
        throw usage;
      }
      terminal.error("error: " + Problem.from(failure).describe());
      return 1;
    };
  }
}
