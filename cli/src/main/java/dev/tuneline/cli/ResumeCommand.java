package dev.tuneline.cli;

import dev.tuneline.proto.v1.ResumeJobRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Puts a paused job back. */
@Command(name = "resume", description = "Lets a paused job go on.", mixinStandardHelpOptions = true)
final class ResumeCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "JOB", description = "the job's id")
  private String jobId = "";

  @Mixin private ServerOptions server = new ServerOptions();

  ResumeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Connection connection = server.connect()) {
      ResumeJobRequest request = ResumeJobRequest.newBuilder().setJobId(jobId).build();
      var job =
          connection.call(() -> Connection.timely(connection.jobs()).resumeJob(request)).getJob();
      terminal.line(job.getJobId() + " " + Tables.name(job.getState()));
      return 0;
    }
  }
}
