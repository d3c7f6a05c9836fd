package dev.tuneline.cli;

import dev.tuneline.proto.v1.PauseJobRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Holds up a job. */
@Command(
    name = "pause",
    description = "Holds up a job that is not trained yet; its trainer turns to another.",
    mixinStandardHelpOptions = true)
final class PauseCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "JOB", description = "the job's id")
  private String jobId = "";

  @Option(names = "--because", description = "the reason, for the record")
  private String because = "paused from the command line";

  @Mixin private ServerOptions server = new ServerOptions();

  PauseCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Connection connection = server.connect()) {
      PauseJobRequest request =
          PauseJobRequest.newBuilder().setJobId(jobId).setBecause(because).build();
      var job =
          connection.call(() -> Connection.timely(connection.jobs()).pauseJob(request)).getJob();
      terminal.line(job.getJobId() + " " + Tables.name(job.getState()));
      return 0;
    }
  }
}
