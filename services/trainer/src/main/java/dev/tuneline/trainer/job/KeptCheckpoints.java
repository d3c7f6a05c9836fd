package dev.tuneline.trainer.job;

import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobCheckpoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The checkpoints of a job that are in the artifact store, and which of them have had their day.
 */
final class KeptCheckpoints {
  private final int limit;
  private final List<JobCheckpoint> kept;

  /**
   * Those that the job's events tell of.
   *
   * @param limit how many to keep; 0 for all
   */
  KeptCheckpoints(Job job, int limit) {
    this.limit = limit;
    this.kept = new ArrayList<>(job.getCheckpointsList());
  }

  Optional<JobCheckpoint> newest() {
    return kept.isEmpty() ? Optional.empty() : Optional.of(kept.getLast());
  }

  Optional<JobCheckpoint> at(int step) {
    return kept.stream().filter(checkpoint -> checkpoint.getStep() == step).findFirst();
  }

  /** Adds the newest; what is returned is no longer kept. The best and the newest always are. */
  List<JobCheckpoint> add(JobCheckpoint newest) {
    kept.add(newest);
    List<JobCheckpoint> released = new ArrayList<>();
    if (limit == 0) {
      return released;
    }
    long best =
        kept.stream()
            .filter(JobCheckpoint::hasValidationLoss)
            .min(Comparator.comparingDouble(JobCheckpoint::getValidationLoss))
            .orElse(newest)
            .getStep();
    for (JobCheckpoint old : List.copyOf(kept)) {
      if (kept.size() > limit && old.getStep() != newest.getStep() && old.getStep() != best) {
        kept.remove(old);
        released.add(old);
      }
    }
    return released;
  }
}
