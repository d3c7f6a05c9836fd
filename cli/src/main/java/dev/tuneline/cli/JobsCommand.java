package dev.tuneline.cli;

import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.ListJobsRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists jobs. */
@Command(
    name = "jobs",
    description = "Lists jobs, the newest first.",
    mixinStandardHelpOptions = true)
final class JobsCommand implements Callable<Integer> {
  private static final int MAX_JOBS = 1000;

  private final Terminal terminal;

  @Mixin private ServerOptions server = new ServerOptions();

  JobsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Connection connection = server.connect()) {
      List<Job> jobs = new ArrayList<>();
      String page = "";
      do {
        ListJobsRequest request = ListJobsRequest.newBuilder().setPageToken(page).build();
        var answer = connection.call(() -> Connection.timely(connection.jobs()).listJobs(request));
        jobs.addAll(answer.getJobsList());
        page = answer.getNextPageToken();
      } while (!page.isEmpty() && jobs.size() < MAX_JOBS);
      jobs.sort(Comparator.comparingLong((Job job) -> job.getCreatedAt().getSeconds()).reversed());
      Tables table = new Tables("JOB", "STATE", "METHOD", "BASE MODEL", "STEP", "CREATED");
      for (Job job : jobs) {
        table.row(
            job.getJobId(),
            Tables.name(job.getState()),
            Tables.name(job.getSpec().getMethod()),
            job.getSpec().getBaseModel(),
            job.getProgress().getStep() + "/" + job.getProgress().getTotalSteps(),
            Tables.time(job.getCreatedAt()));
      }
      table.show(terminal);
      return 0;
    }
  }
}
