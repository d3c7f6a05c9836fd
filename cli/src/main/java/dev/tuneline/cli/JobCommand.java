package dev.tuneline.cli;

import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.GetJobRequest;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.JobTrial;
import dev.tuneline.proto.v1.SweepMetric;
import java.util.TreeMap;
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

  private static void trials(Job job, Terminal terminal) {
    if (job.getTrialsCount() == 0) {
      return;
    }
    Tables table = new Tables("TRIAL", "STATE", metric(job), "PARAMETERS");
    for (JobTrial trial : job.getTrialsList()) {
      table.row(
          trial.getJobId() + (trial.getJobId().equals(job.getBestTrial()) ? " (best)" : ""),
          trial.getState() == JobState.JOB_STATE_UNSPECIFIED ? "" : Tables.name(trial.getState()),
          trial.hasMetric() ? Figures.score(trial.getMetric()) : trial.getProblem().getReason(),
          new TreeMap<>(trial.getParametersMap()).toString());
    }
    table.show(terminal);
  }

  private static String metric(Job job) {
    return job.getSpec().getSweep().getMetric() == SweepMetric.SWEEP_METRIC_VALIDATION_ACCURACY
        ? "ACCURACY"
        : "LOSS";
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
    }
    if (job.getAttempts() > 0) {
      terminal.line("attempts    " + job.getAttempts());
    }
    if (!job.getTrialOf().isEmpty()) {
      terminal.line("trial of    " + job.getTrialOf());
    }
    trials(job, terminal);
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
