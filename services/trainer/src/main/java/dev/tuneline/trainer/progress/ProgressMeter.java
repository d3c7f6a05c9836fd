package dev.tuneline.trainer.progress;

import dev.tuneline.engine.training.StepReport;
import dev.tuneline.proto.v1.TrainingProgress;
import java.util.concurrent.TimeUnit;

/**
 * Turns step reports into measurements: speed and remaining time over this run, and when the next
 * measurement is due. For one thread; time is given in nanoseconds of any one clock.
 */
public final class ProgressMeter {
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final double NANOS_PER_SECOND = 1e9;

  private final TrainingProgress start;
  private final long startNanos;
  private long tokens;
  private long lastDueNanos;
  private boolean everDue;

  /**
   * A meter of a run that begins now.
   *
   * @param start the run's step, total steps and parameter counts before its first step
   */
  public ProgressMeter(TrainingProgress start, long nowNanos) {
    this.start = start;
    this.startNanos = nowNanos;
    this.lastDueNanos = nowNanos;
  }

  /** The measurement after a step; what it does not measure stays as {@code before} has it. */
  public TrainingProgress after(
      TrainingProgress before, StepReport report, long residentBytes, long nowNanos) {
    tokens += report.tokens();
    double seconds = Math.max(nowNanos - startNanos, 1) / NANOS_PER_SECOND;
    double secondsPerStep = seconds / (report.step() - start.getStep());
    return before.toBuilder()
        .setStep(report.step())
        .setEpoch(report.epoch())
        .setLoss(report.loss())
        .setGradNorm(report.gradNorm())
        .setLearningRate(report.learningRate())
        .setTokensPerSecond(tokens / seconds)
        .setEtaSeconds((start.getTotalSteps() - report.step()) * secondsPerStep)
        .setResidentBytes(residentBytes)
        .build();
  }

  /** Whether a second has passed since this last said so, or since the run began. */
  public boolean isDue(long nowNanos) {
    if (nowNanos - lastDueNanos < INTERVAL_NANOS) {
      return false;
    }
    lastDueNanos = nowNanos;
    everDue = true;
    return true;
  }

  /** How long the run's last measurement must wait to be a second after the one before it. */
  public long nanosUntilLast(long nowNanos) {
    return everDue ? Math.max(0, lastDueNanos + INTERVAL_NANOS - nowNanos) : 0;
  }
}
