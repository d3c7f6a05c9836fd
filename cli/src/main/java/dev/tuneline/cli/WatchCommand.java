package dev.tuneline.cli;

import dev.tuneline.proto.v1.Job;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Follows a job to its end; a failed job is a problem. */
@Command(name = "watch", description = "Follows a job to its end.", mixinStandardHelpOptions = true)
final class WatchCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "JOB", description = "the job's id")
  private String jobId = "";

  @Mixin private ServerOptions server = new ServerOptions();

  WatchCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Connection connection = server.connect();
        Stages stages = new Stages(terminal, Commands.clock())) {
      JobProgress progress = new JobProgress(stages);
      Job job = new JobWatch(connection, Commands.clock()).job(jobId, progress::on);
      JobWatch.requireSuccess(job);
      EvaluationTable.show(job.getEvaluation(), terminal);
      return 0;
    }
  }
}
