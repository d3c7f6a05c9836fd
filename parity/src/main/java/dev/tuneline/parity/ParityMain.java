package dev.tuneline.parity;

import dev.tuneline.datasets.Program;
import dev.tuneline.errors.Problem;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code tuneline check-parity}. Exit codes: 0 all passed, 1 not, 2 wrong usage. */
@Command(
    name = "tuneline check-parity",
    description = "Compares this engine with what transformers and PEFT computed.",
    footer = {
      "",
      "DIR holds cases in the format of fixtures/ in subfolders: models, adapters, train, quant,",
      "chat, metrics, csv, safetensors. docs/parity.md says how to export one from your own model."
    },
    mixinStandardHelpOptions = true,
    version = "tuneline 0.1.0")
final class ParityMain implements Callable<Integer> {
  private final PrintStream out;

  @Parameters(paramLabel = "DIR", description = "the folder of cases")
  private Path folder = Path.of("");

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      description = "check just the cases whose name contains this text")
  private String only = "";

  ParityMain(PrintStream out) {
    this.out = out;
  }

  /** Checks one folder and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(System.out, System.err, args));
  }

  /** Checks one folder. */
  static int run(PrintStream out, PrintStream err, String... args) {
    return Program.run(new ParityMain(out), err, args);
  }

  @Override
  public Integer call() {
    List<ParityCase> cases =
        Parity.cases(folder).stream().filter(c -> c.name().contains(only)).toList();
    if (cases.isEmpty()) {
      throw Problem.caller("NO_CASES", "no case's name contains \"" + only + "\"");
    }
    Report report = new Report(out, cases);
    for (ParityCase parityCase : cases) {
      report.add(parityCase.run());
    }
    report.close();
    return report.passed() ? 0 : 1;
  }
}
