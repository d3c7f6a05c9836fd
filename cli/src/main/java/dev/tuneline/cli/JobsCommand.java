package dev.tuneline.cli;

import com.google.protobuf.util.Timestamps;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.ListJobsRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
      Tables table = new Tables("JOB", "STATE", "METHOD", "BASE MODEL", "STEP", "CREATED");
      for (Job job : inOrder(jobs)) {
        table.row(
            (job.getTrialOf().isEmpty() ? "" : "  ") + job.getJobId(),
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

  /** The newest first, each with its trials below it. */
  private static List<Job> inOrder(List<Job> jobs) {
    Map<String, List<Job>> trials =
        jobs.stream()
            .filter(job -> !job.getTrialOf().isEmpty())
            .sorted(Comparator.comparing(Job::getJobId))
            .collect(Collectors.groupingBy(Job::getTrialOf));
    List<Job> ordered = new ArrayList<>();
    jobs.stream()
        .filter(job -> job.getTrialOf().isEmpty())
        .sorted(Comparator.comparing(Job::getCreatedAt, Timestamps.comparator()).reversed())
        .forEach(
            job -> {
              ordered.add(job);
              ordered.addAll(trials.getOrDefault(job.getJobId(), List.of()));
            });
    return ordered;
  }
}
