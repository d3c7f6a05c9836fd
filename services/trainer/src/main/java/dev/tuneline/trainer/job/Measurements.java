package dev.tuneline.trainer.job;

import com.google.protobuf.util.Timestamps;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.proto.v1.TrainingMeasured;
import dev.tuneline.proto.v1.TrainingProgress;
import dev.tuneline.trainer.progress.LiveTraining;
import java.time.InstantSource;

/** Tells watchers and the metrics topic how training goes; nothing waits for either. */
final class Measurements {
  private final EventPublisher publisher;
  private final LiveTraining live;
  private final InstantSource clock;

  Measurements(EventPublisher publisher, LiveTraining live, InstantSource clock) {
    this.publisher = publisher;
    this.live = live;
    this.clock = clock;
  }

  void begin(String jobId, TrainingProgress start) {
    live.begin(jobId, start);
  }

  /**
   * Shows a measurement.
   *
   * @param log whether it goes to the metrics topic too
   */
  void measured(String jobId, TrainingProgress progress, boolean log) {
    TrainingMeasured measured =
        TrainingMeasured.newBuilder()
            .setJobId(jobId)
            .setProgress(progress)
            .setMeasuredAt(Timestamps.fromMillis(clock.millis()))
            .build();
    live.measured(measured);
    if (log) {
      // Nothing is decided from it, so losing one at a broker's restart harms nobody.
      var _ = publisher.send(Topics.METRICS, measured, null);
    }
  }

  void end() {
    live.end();
  }
}
