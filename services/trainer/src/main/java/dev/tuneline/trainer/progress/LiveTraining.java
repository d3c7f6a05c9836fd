package dev.tuneline.trainer.progress;

import dev.tuneline.proto.v1.TrainingMeasured;
import dev.tuneline.proto.v1.TrainingProgress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** The job that this process trains now, and everybody who watches it. Safe for several threads. */
public final class LiveTraining {
  /** Somebody who watches one job; called on the training thread, so be brief. */
  public interface Watcher {
    /** A measurement was made. */
    void measured(TrainingMeasured measured);

    /** The job no longer runs here, whatever the reason. */
    void ended();
  }

  private record Watch(String jobId, Watcher watcher) {}

  private final List<Watch> watches = new CopyOnWriteArrayList<>();
  private volatile Optional<TrainingMeasured> current = Optional.empty();

  /** What was measured last of the running job; empty when idle. */
  public Optional<TrainingMeasured> current() {
    return current;
  }

  /** The run of a job begins. */
  public synchronized void begin(String jobId, TrainingProgress start) {
    current = Optional.of(TrainingMeasured.newBuilder().setJobId(jobId).setProgress(start).build());
  }

  /** The running job was measured. */
  public synchronized void measured(TrainingMeasured measured) {
    current = Optional.of(measured);
    for (Watch watch : watches) {
      if (watch.jobId().equals(measured.getJobId())) {
        watch.watcher().measured(measured);
      }
    }
  }

  /** The run ended. */
  public synchronized void end() {
    current = Optional.empty();
    watches.forEach(watch -> watch.watcher().ended());
    watches.clear();
  }

  /**
   * Watches the running job until its end.
   *
   * @return false when the job does not run here; the watcher is never called then
   */
  public synchronized boolean watch(String jobId, Watcher watcher) {
    if (current.isEmpty() || !current.get().getJobId().equals(jobId)) {
      return false;
    }
    watches.add(new Watch(jobId, watcher));
    return true;
  }

  /** Stops calling a watcher. */
  public void unwatch(Watcher watcher) {
    watches.removeIf(watch -> watch.watcher().equals(watcher));
  }
}
