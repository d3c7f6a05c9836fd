package dev.tuneline.cli;

import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows the whole path on this machine: rows in, a better answer out. */
@Command(
    name = "demo",
    description = "Tunes, evaluates and deploys a small model on this machine.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  private static final DateTimeFormatter FOLDER =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneId.systemDefault());

  private final Terminal terminal;
  private final InstantSource clock = Commands.clock();

  @Option(names = "--exit", description = "end after the last answer; 0 only if all happened")
  private boolean exit;

  @Option(names = "--data", paramLabel = "DIR", description = "data folder (a new one)")
  private @Nullable Path data;

  @Option(names = "--recipe", paramLabel = "DIR", description = "(recipes/legal-qa)")
  private @Nullable Path recipe;

  @Option(names = "--http-port", defaultValue = "8080", description = "(${DEFAULT-VALUE})")
  private int httpPort;

  @Option(names = "--grpc-port", defaultValue = "9090", description = "(${DEFAULT-VALUE})")
  private int grpcPort;

  DemoCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Instant began = clock.instant();
    Path home = home();
    Path folder = data != null ? data : home.resolve("data/demo-" + FOLDER.format(began));
    Recipe given = Recipe.read(recipe != null ? recipe : home.resolve("recipes/legal-qa"));
    try (AllInOneProcess allInOne = start(home, folder)) {
      String server = "127.0.0.1:" + grpcPort;
      List<String> misses;
      try (Connection connection = new Connection(server, server, server)) {
        misses = new Demo(connection, terminal, clock).run(given);
      }
      terminal.line("took            " + Figures.took(Duration.between(began, clock.instant())));
      misses.forEach(miss -> terminal.error("error: " + miss));
      if (exit) {
        return misses.isEmpty() ? 0 : 1;
      }
      sayHowToCall(given);
      return allInOne.await();
    }
  }

  private AllInOneProcess start(Path home, Path folder) {
    terminal.line("data folder     " + folder.toAbsolutePath());
    try (Stages stages = new Stages(terminal, clock)) {
      stages.enter("starting");
      try {
        AllInOneProcess started = AllInOneProcess.start(home, folder, httpPort, grpcPort);
        stages.end("HTTP 127.0.0.1:" + httpPort + ", gRPC 127.0.0.1:" + grpcPort);
        terminal.line();
        return started;
      } catch (Problem problem) {
        stages.fail();
        throw problem;
      }
    }
  }

  private void sayHowToCall(Recipe given) {
    String name = given.spec().getDeployment().getName();
    terminal.line();
    terminal.line("serving until Ctrl-C:");
    terminal.line("  HTTP  http://127.0.0.1:" + httpPort + "/v1  (OpenAI API)");
    terminal.line("  gRPC  127.0.0.1:" + grpcPort + "  (tuneline.v1)");
    terminal.line("try:");
    terminal.line("  ./tuneline chat --server 127.0.0.1:" + grpcPort + " --model " + name);
    terminal.line(
        "  curl -N http://127.0.0.1:"
            + httpPort
            + "/v1/chat/completions -H 'content-type: application/json' \\");
    terminal.line(
        "    -d '{\"model\":\""
            + name
            + "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\""
            + given.question()
            + "\"}]}'");
  }

  /** The folder of the script that started this program. */
  private static Path home() {
    String home = System.getProperty("dev.tuneline.home");
    if (home == null) {
      throw Problem.caller("MISSING_FIELD", "the folder of Tuneline is not known")
          .at(Problem.FIELD, "dev.tuneline.home")
          .mend("start this command by the ./tuneline script");
    }
    return Path.of(home);
  }
}
