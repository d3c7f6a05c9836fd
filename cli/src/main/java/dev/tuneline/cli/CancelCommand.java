package dev.tuneline.cli;

import dev.tuneline.proto.v1.CancelJobRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Cancels a job. */
@Command(
    name = "cancel",
    description = "Ends a job that is no longer wanted.",
    mixinStandardHelpOptions = true)
final class CancelCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "JOB", description = "the job's id")
  private String jobId = "";

  @Option(names = "--because", description = "the reason, for the record")
  private String because = "cancelled from the command line";

  @Mixin private ServerOptions server = new ServerOptions();

  CancelCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Connection connection = server.connect()) {
      CancelJobRequest request =
          CancelJobRequest.newBuilder().setJobId(jobId).setBecause(because).build();
      var job =
          connection.call(() -> Connection.timely(connection.jobs()).cancelJob(request)).getJob();
      terminal.line(job.getJobId() + " " + Tables.name(job.getState()));
      return 0;
    }
  }
}
