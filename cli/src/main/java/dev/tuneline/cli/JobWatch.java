package dev.tuneline.cli;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.GetDatasetRequest;
import dev.tuneline.proto.v1.GetJobRequest;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.WatchDatasetRequest;
import dev.tuneline.proto.v1.WatchJobRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Follows jobs and datasets to their end, over restarts of the server: the work goes on without its
 * watchers, and so do they without it for a while.
 */
final class JobWatch {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final Connection connection;
  private final InstantSource clock;

  JobWatch(Connection connection, InstantSource clock) {
    this.connection = connection;
    this.clock = clock;
  }

  /** The job in its final state; every snapshot on the way goes to {@code each}. */
  Job job(String jobId, Consumer<Job> each) {
    return follow(
        take ->
            connection
                .jobs()
                .watchJob(WatchJobRequest.newBuilder().setJobId(jobId).build())
                .forEachRemaining(response -> take.accept(response.getJob())),
        () ->
            Connection.timely(connection.jobs())
                .getJob(GetJobRequest.newBuilder().setJobId(jobId).build())
                .getJob(),
        JobWatch::isFinal,
        each);
  }

  /** The dataset once it is prepared or failed. */
  Dataset dataset(String datasetId, Consumer<Dataset> each) {
    return follow(
        take ->
            connection
                .datasets()
                .watchDataset(WatchDatasetRequest.newBuilder().setDatasetId(datasetId).build())
                .forEachRemaining(response -> take.accept(response.getDataset())),
        () ->
            Connection.timely(connection.datasets())
                .getDataset(GetDatasetRequest.newBuilder().setDatasetId(datasetId).build())
                .getDataset(),
        DatasetProgress::settled,
        each);
  }

  /** Throws what a job ended with unless it ended well. */
  static void requireSuccess(Job job) {
    if (job.getState() == JobState.JOB_STATE_FAILED) {
      throw WireProblem.fromProto(job.getProblem()).at("job", job.getJobId());
    }
    if (job.getState() == JobState.JOB_STATE_CANCELLED) {
      throw Problem.caller("JOB_CANCELLED", "the job was cancelled").at("job", job.getJobId());
    }
  }

  static boolean isFinal(Job job) {
    return switch (job.getState()) {
      case JOB_STATE_DEPLOYED,
          JOB_STATE_WITHHELD,
          JOB_STATE_TRIED,
          JOB_STATE_FAILED,
          JOB_STATE_CANCELLED ->
          true;
      case JOB_STATE_UNSPECIFIED,
          JOB_STATE_REQUESTED,
          JOB_STATE_ACCEPTED,
          JOB_STATE_SHARDED,
          JOB_STATE_TRAINING,
          JOB_STATE_TRAINED,
          JOB_STATE_EVALUATED,
          JOB_STATE_PAUSED,
          JOB_STATE_SWEEPING,
          UNRECOGNIZED ->
          false;
    };
  }

  private <T> T follow(
      Consumer<Consumer<T>> watch, Supplier<T> get, Predicate<T> ended, Consumer<T> each) {
    Instant lastHeard = clock.instant();
    while (true) {
      Heard<T> heard = new Heard<>(each, lastHeard);
      try {
        connection.call(
            () -> {
              watch.accept(heard);
              return true;
            });
        T now = connection.call(get);
        each.accept(now);
        if (ended.test(now)) {
          return now;
        }
      } catch (Problem problem) {
        lastHeard = heard.at;
        Duration silence = Duration.between(lastHeard, clock.instant());
        if (!Connection.isUnreachable(problem) || silence.compareTo(PATIENCE) > 0) {
          throw problem;
        }
      }
      // The stream ended early or broke; a server that restarts needs a moment.
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private final class Heard<T> implements Consumer<T> {
    private final Consumer<T> each;
    private Instant at;

    Heard(Consumer<T> each, Instant at) {
      this.each = each;
      this.at = at;
    }

    @Override
    public void accept(T snapshot) {
      at = clock.instant();
      each.accept(snapshot);
    }
  }
}
