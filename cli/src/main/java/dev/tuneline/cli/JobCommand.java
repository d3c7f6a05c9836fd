package dev.tuneline.cli;

import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.GetJobRequest;
import dev.tuneline.proto.v1.Job;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows one job. */
@Command(name = "job", description = "Shows one job.", mixinStandardHelpOptions = true)
final class JobCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "JOB", description = "the job's id")
  private String jobId = "";

  @Mixin private ServerOptions server = new ServerOptions();

  JobCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Connection connection = server.connect()) {
      GetJobRequest request = GetJobRequest.newBuilder().setJobId(jobId).build();
      Job job =
          connection.call(() -> Connection.timely(connection.jobs()).getJob(request)).getJob();
      show(job, terminal);
      return 0;
    }
  }

  /** Prints what is known of a job. */
  static void show(Job job, Terminal terminal) {
    terminal.line("job         " + job.getJobId());
    terminal.line("state       " + Tables.name(job.getState()));
    terminal.line(
        "tunes       "
            + job.getSpec().getBaseModel()
            + " by "
            + Tables.name(job.getSpec().getMethod())
            + " on dataset "
            + job.getSpec().getDatasetId()
            + " version "
            + job.getSpec().getDatasetVersion());
    if (job.getProgress().getTotalSteps() > 0) {
      terminal.line("training    " + JobProgress.measured(job.getProgress()));
      terminal.line("attempts    " + job.getAttempts());
    }
    if (job.hasAdapter()) {
      terminal.line("adapter     " + job.getAdapter().getAdapterId());
    }
    if (job.hasEvaluation()) {
      EvaluationTable.show(job.getEvaluation(), terminal);
    }
    if (!job.getWithheldBecause().isEmpty()) {
      terminal.line("withheld    " + job.getWithheldBecause());
    }
    if (job.hasProblem()) {
      terminal.line("problem     " + WireProblem.fromProto(job.getProblem()).describe());
    }
  }
}
