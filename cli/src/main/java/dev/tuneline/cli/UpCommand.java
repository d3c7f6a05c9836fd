package dev.tuneline.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Names {@code up} in the help; the script starts the all-in-one without this program. */
@Command(
    name = "up",
    description = "Starts the all-in-one and serves until Ctrl-C (see ./tuneline).",
    mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
  private final Terminal terminal;

  UpCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    terminal.error("error: the all-in-one is started by the script: ./tuneline up");
    return 2;
  }
}
