package dev.tuneline.engine.training;

/**
 * How the learning rate moves; the formulas of transformers' {@code get_*_schedule_with_warmup}.
 *
 * @param warmupSteps optimizer steps of linear warm-up; the first one has rate 0
 * @param warmupRatio share of all steps, rounded up, used when {@code warmupSteps} is 0
 */
public record ScheduleSpec(Kind kind, int warmupSteps, double warmupRatio) {
  /** The shape after warm-up. */
  public enum Kind {
    COSINE,
    LINEAR,
    CONSTANT
  }

  public ScheduleSpec {
    if (warmupSteps < 0 || !(warmupRatio >= 0 && warmupRatio <= 1)) {
      throw new IllegalArgumentException(
          "warm-up of %d steps, ratio %s".formatted(warmupSteps, warmupRatio));
    }
  }

  /** Warm-up steps of a job of {@code totalSteps}. */
  public int warmup(int totalSteps) {
    return warmupSteps > 0 ? warmupSteps : (int) Math.ceil(warmupRatio * totalSteps);
  }

  /** The factor on the peak rate in optimizer step {@code step}, counted from 0. */
  public double multiplier(int step, int totalSteps) {
    int warmup = warmup(totalSteps);
    if (step < warmup) {
      return (double) step / Math.max(1, warmup);
    }
    return switch (kind) {
      case CONSTANT -> 1;
      case LINEAR -> Math.max(0, (double) (totalSteps - step) / Math.max(1, totalSteps - warmup));
      case COSINE -> {
        double progress = (double) (step - warmup) / Math.max(1, totalSteps - warmup);
        yield Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
      }
    };
  }
}
