package dev.tuneline.cli;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.AnswerSample;
import dev.tuneline.proto.v1.GetJobRequest;
import dev.tuneline.proto.v1.Job;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows a job's evaluation. */
@Command(
    name = "eval",
    description = "Shows how a job's base and candidate compare.",
    mixinStandardHelpOptions = true)
final class EvalCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "JOB", description = "the job's id")
  private String jobId = "";

  @Mixin private ServerOptions server = new ServerOptions();

  EvalCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Connection connection = server.connect()) {
      GetJobRequest request = GetJobRequest.newBuilder().setJobId(jobId).build();
      Job job =
          connection.call(() -> Connection.timely(connection.jobs()).getJob(request)).getJob();
      if (!job.hasEvaluation()) {
        throw Problem.caller("EVALUATION_NOT_FOUND", "the job is not evaluated yet")
            .at("job", jobId)
            .at("state", Tables.name(job.getState()))
            .mend("follow it with ./tuneline watch " + jobId);
      }
      EvaluationTable.show(job.getEvaluation(), terminal);
      for (AnswerSample sample : job.getEvaluation().getSamplesList()) {
        terminal.line();
        terminal.line("prompt     " + sample.getPrompt());
        terminal.line("reference  " + sample.getReference());
        terminal.line("base       " + sample.getBase());
        terminal.line("candidate  " + sample.getCandidate());
      }
      return 0;
    }
  }
}
