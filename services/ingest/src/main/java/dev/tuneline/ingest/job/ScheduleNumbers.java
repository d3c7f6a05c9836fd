package dev.tuneline.ingest.job;

import static dev.tuneline.ingest.job.Numbers.outOfRange;

import com.google.protobuf.Value;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Schedule;
import dev.tuneline.proto.v1.TrainingSpec;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The learning rate's schedule: its name, its warm-up and its options by transformers' names. */
final class ScheduleNumbers {
  private static final String AT = "spec.training.";
  private static final double WARMUP_RATIO = 0.05;
  private static final long MAX_STEPS = 10_000_000;

  /** Options that are words; all others are numbers of at least 0. */
  private static final Map<String, Set<String>> WORDS =
      Map.of(
          "warmup_type", Set.of("linear", "cosine", "1-sqrt"),
          "decay_type", Set.of("linear", "cosine", "1-sqrt"),
          "threshold_mode", Set.of("rel", "abs"),
          "mode", Set.of("min"));

  private ScheduleNumbers() {}

  static void complete(TrainingSpec.Builder training) {
    if (training.getSchedule() == Schedule.SCHEDULE_UNSPECIFIED) {
      training.setSchedule(Schedule.SCHEDULE_COSINE);
    }
    Set<String> known = options(training.getSchedule());
    boolean warms = training.getSchedule() != Schedule.SCHEDULE_CONSTANT;
    Numbers numbers = new Numbers(training, AT);
    numbers.fraction("warmup_ratio", warms ? WARMUP_RATIO : 0);
    numbers.wholeOrUnset("warmup_steps", 0, MAX_STEPS);
    Map<String, Value> given = training.getScheduleOptions().getFieldsMap();
    given.forEach((key, value) -> check(key, value, known));
    switch (training.getSchedule()) {
      case SCHEDULE_COSINE_WITH_MIN_LR, SCHEDULE_COSINE_WARMUP_WITH_MIN_LR -> {
        if (given.containsKey("min_lr") == given.containsKey("min_lr_rate")) {
          throw outOfRange(AT + "schedule_options.min_lr", "either min_lr or min_lr_rate");
        }
      }
      case SCHEDULE_WARMUP_STABLE_DECAY -> {
        if (!given.containsKey("num_decay_steps")) {
          throw outOfRange(
              AT + "schedule_options.num_decay_steps", "the steps in which the rate falls");
        }
      }
      default -> {}
    }
  }

  private static void check(String key, Value value, Set<String> known) {
    String field = AT + "schedule_options." + key;
    if (!known.contains(key)) {
      throw Problem.caller("OPTIONS_OF_ANOTHER_SCHEDULE", "the schedule has no such option")
          .at(Problem.FIELD, field)
          .mend(known.isEmpty() ? "leave it out" : "use some of " + new TreeSet<>(known));
    }
    Set<String> words = WORDS.getOrDefault(key, Set.of());
    boolean right =
        words.isEmpty()
            ? value.hasNumberValue() && value.getNumberValue() >= 0
            : words.contains(value.getStringValue());
    if (!right) {
      throw outOfRange(
          field, words.isEmpty() ? "a number of at least 0" : "one of " + new TreeSet<>(words));
    }
  }

  private static Set<String> options(Schedule schedule) {
    return switch (schedule) {
      case SCHEDULE_LINEAR, SCHEDULE_CONSTANT, SCHEDULE_CONSTANT_WITH_WARMUP -> Set.of();
      case SCHEDULE_COSINE, SCHEDULE_COSINE_WITH_RESTARTS -> Set.of("num_cycles");
      case SCHEDULE_POLYNOMIAL -> Set.of("lr_end", "power");
      case SCHEDULE_INVERSE_SQRT -> Set.of("timescale");
      case SCHEDULE_COSINE_WITH_MIN_LR -> Set.of("num_cycles", "min_lr", "min_lr_rate");
      case SCHEDULE_COSINE_WARMUP_WITH_MIN_LR ->
          Set.of("num_cycles", "min_lr", "min_lr_rate", "warmup_lr_rate");
      case SCHEDULE_WARMUP_STABLE_DECAY ->
          Set.of(
              "num_decay_steps",
              "num_stable_steps",
              "warmup_type",
              "decay_type",
              "min_lr_ratio",
              "num_cycles");
      case SCHEDULE_REDUCE_LR_ON_PLATEAU ->
          Set.of(
              "mode",
              "factor",
              "patience",
              "threshold",
              "threshold_mode",
              "cooldown",
              "min_lr",
              "eps");
      case SCHEDULE_UNSPECIFIED, UNRECOGNIZED ->
          throw outOfRange(AT + "schedule", "a known schedule");
    };
  }
}
