package dev.tuneline.engine.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tuneline.errors.Problem;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How the learning rate moves: the schedules of transformers 5, by their names and options.
 *
 * @param warmupSteps optimizer steps of linear warm-up; the first one has rate 0
 * @param warmupRatio share of all steps, rounded up, used when {@code warmupSteps} is 0
 * @param options by the names of {@code lr_scheduler_kwargs}; what is absent has transformers'
 *     default
 */
public record ScheduleSpec(Kind kind, int warmupSteps, double warmupRatio, JsonNode options) {
  /** The shape, after warm-up where it has one. */
  public enum Kind {
    LINEAR,
    COSINE,
    COSINE_WITH_RESTARTS,
    POLYNOMIAL,
    /** transformers' constant without warm-up, its constant_with_warmup with one. */
    CONSTANT,
    INVERSE_SQRT,
    COSINE_WITH_MIN_LR,
    COSINE_WARMUP_WITH_MIN_LR,
    WARMUP_STABLE_DECAY,
    /** The peak rate until the validation loss stops falling; without warm-up. */
    REDUCE_LR_ON_PLATEAU;

    /** The name in {@code lr_scheduler_type}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The kind of a {@code lr_scheduler_type}, {@code constant_with_warmup} included.
     *
     * @throws Problem SCHEDULE_NOT_SUPPORTED
     */
    public static Kind named(String name) {
      if (name.equals("constant_with_warmup")) {
        return CONSTANT;
      }
      return Arrays.stream(values())
          .filter(kind -> kind.label().equals(name))
          .findFirst()
          .orElseThrow(
              () ->
                  Problem.caller("SCHEDULE_NOT_SUPPORTED", "there is no schedule " + name)
                      .at(Problem.FIELD, "schedule")
                      .mend("use one of " + Arrays.stream(values()).map(Kind::label).toList()));
    }
  }

  /** The learning rate of a step. */
  interface Curve {
    /**
     * The rate in step {@code step}, counted from 0.
     *
     * @param validationLosses those measured before the step, oldest first
     */
    double rate(int step, int warmup, int total, double peak, List<Double> validationLosses);
  }

  public ScheduleSpec {
    if (warmupSteps < 0 || !(warmupRatio >= 0 && warmupRatio <= 1)) {
      throw new IllegalArgumentException(
          "warm-up of %d steps, ratio %s".formatted(warmupSteps, warmupRatio));
    }
    curve(kind, options);
  }

  /** A schedule with transformers' defaults. */
  public ScheduleSpec(Kind kind, int warmupSteps, double warmupRatio) {
    this(kind, warmupSteps, warmupRatio, JsonNodeFactory.instance.objectNode());
  }

  private static Curve curve(Kind kind, JsonNode options) {
    ScheduleOptions read = new ScheduleOptions(kind.label(), options);
    Curve curve =
        switch (kind) {
          case LINEAR -> ScheduleCurves.linear();
          case COSINE -> ScheduleCurves.cosine(read);
          case COSINE_WITH_RESTARTS -> ScheduleCurves.cosineWithRestarts(read);
          case POLYNOMIAL -> ScheduleCurves.polynomial(read);
          case CONSTANT -> ScheduleCurves.constant();
          case INVERSE_SQRT -> ScheduleCurves.inverseSqrt(read);
          case COSINE_WITH_MIN_LR -> ScheduleCurves.cosineWithMinLr(read);
          case COSINE_WARMUP_WITH_MIN_LR -> ScheduleCurves.cosineWarmupWithMinLr(read);
          case WARMUP_STABLE_DECAY -> ScheduleCurves.warmupStableDecay(read);
          case REDUCE_LR_ON_PLATEAU -> Plateau.schedule(read);
        };
    read.requireNoOthers();
    return curve;
  }

  /** Whether rates depend on validation losses. */
  public boolean followsValidation() {
    return kind == Kind.REDUCE_LR_ON_PLATEAU;
  }

  /** Warm-up steps of a job of {@code totalSteps}. */
  public int warmup(int totalSteps) {
    return warmupSteps > 0 ? warmupSteps : (int) Math.ceil(warmupRatio * totalSteps);
  }

  /**
   * The rate in optimizer step {@code step}, counted from 0.
   *
   * @param peak the optimizer's learning rate
   * @param validationLosses those measured before the step, oldest first
   * @throws Problem MALFORMED_TRAINING when the options do not go with the peak
   */
  public double rate(int step, int totalSteps, double peak, List<Double> validationLosses) {
    return curve(kind, options).rate(step, warmup(totalSteps), totalSteps, peak, validationLosses);
  }

  /** The same of a schedule that does not follow validation. */
  public double rate(int step, int totalSteps, double peak) {
    return rate(step, totalSteps, peak, List.of());
  }
}
