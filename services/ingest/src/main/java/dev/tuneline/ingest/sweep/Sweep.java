package dev.tuneline.ingest.sweep;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.SweepMetric;
import dev.tuneline.proto.v1.SweepParameter;
import dev.tuneline.proto.v1.SweepRange;
import dev.tuneline.proto.v1.SweepScale;
import dev.tuneline.proto.v1.SweepSpec;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Which trials a job's sweep has. Pure: a spec has the same trials on every machine. */
public final class Sweep {
  /** The most trials of a sweep. */
  public static final int MAX_TRIALS = 64;

  private static final int MAX_PARAMETERS = 16;
  private static final long SEED = 42;
  private static final MathContext DIGITS = new MathContext(4);

  /** Draws for each trial that is wanted, as some repeat others. */
  private static final int DRAWS = 100;

  /**
   * One point of the search.
   *
   * @param spec what the trial's job is asked to do
   * @param parameters what differs, by field path; values as JSON
   */
  public record Trial(JobSpec spec, Map<String, String> parameters) {
    public Trial {
      parameters = Map.copyOf(parameters);
    }
  }

  private Sweep() {}

  /**
   * The sweep with its defaults.
   *
   * @throws Problem of the caller that names the first field that is wrong
   */
  public static SweepSpec complete(SweepSpec asked) {
    SweepSpec.Builder sweep = asked.toBuilder();
    if (sweep.getParametersCount() == 0) {
      throw Problem.caller("EMPTY_SWEEP", "the sweep has no parameters")
          .at(Problem.FIELD, "spec.sweep.parameters")
          .mend("give at least one field with its values or its range");
    }
    if (sweep.getParametersCount() > MAX_PARAMETERS) {
      throw outOfRange("spec.sweep.parameters", "at most " + MAX_PARAMETERS);
    }
    if (sweep.getTrials() < 0 || sweep.getTrials() > MAX_TRIALS) {
      throw tooMany("%d trials are asked for".formatted(sweep.getTrials()), "spec.sweep.trials");
    }
    Set<String> fields = new HashSet<>();
    for (int i = 0; i < sweep.getParametersCount(); i++) {
      String at = "spec.sweep.parameters[%d]".formatted(i);
      check(sweep.getParameters(i), sweep.getTrials() > 0, at);
      if (!fields.add(sweep.getParameters(i).getField())) {
        throw outOfRange(at + ".field", "each field once");
      }
    }
    if (sweep.getTrials() == 0 && combinations(asked) > MAX_TRIALS) {
      throw tooMany(
          "the grid has %d combinations".formatted(combinations(asked)), "spec.sweep.parameters");
    }
    if (!sweep.hasSeed()) {
      sweep.setSeed(SEED);
    }
    switch (sweep.getMetric()) {
      case SWEEP_METRIC_UNSPECIFIED -> sweep.setMetric(SweepMetric.SWEEP_METRIC_VALIDATION_LOSS);
      case SWEEP_METRIC_VALIDATION_LOSS,
          SWEEP_METRIC_TRAINING_LOSS,
          SWEEP_METRIC_VALIDATION_ACCURACY -> {}
      case UNRECOGNIZED -> throw outOfRange("spec.sweep.metric", "a known metric");
    }
    return sweep.build();
  }

  /**
   * The trials of a job whose sweep is complete, which are at least one. Each is the job without
   * sweep, deployment and suffix, with its own values.
   */
  public static List<Trial> trials(JobSpec job) {
    SweepSpec sweep = job.getSweep();
    Set<List<Value>> points = new LinkedHashSet<>();
    if (sweep.getTrials() == 0) {
      for (int i = 0; i < combinations(sweep); i++) {
        points.add(combination(sweep, i));
      }
    } else {
      Random random = new Random(sweep.getSeed());
      for (int i = 0; i < DRAWS * sweep.getTrials() && points.size() < sweep.getTrials(); i++) {
        points.add(
            sweep.getParametersList().stream().map(parameter -> draw(parameter, random)).toList());
      }
    }
    return points.stream().map(point -> trial(job, point)).toList();
  }

  private static void check(SweepParameter parameter, boolean drawn, String at) {
    SweepField field = SweepField.of(parameter.getField(), at + ".field");
    if (parameter.hasRange() == (parameter.getValuesCount() > 0)) {
      throw Problem.caller("EMPTY_SWEEP", parameter.getField() + " needs either values or a range")
          .at(Problem.FIELD, at)
          .mend("give values, or a range with min and max");
    }
    for (int i = 0; i < parameter.getValuesCount(); i++) {
      field.set(JobSpec.newBuilder(), parameter.getValues(i), at + ".values[%d]".formatted(i));
    }
    if (parameter.hasRange()) {
      check(parameter.getRange(), field, at + ".range");
      if (!drawn) {
        throw Problem.caller("OUT_OF_RANGE", "a range has no combinations, only draws")
            .at(Problem.FIELD, "spec.sweep.trials")
            .mend("give the number of trials to draw, 1 to " + MAX_TRIALS);
      }
    }
  }

  private static void check(SweepRange range, SweepField field, String at) {
    if (!field.isNumber()) {
      throw outOfRange(at, "values, as the field holds no number");
    }
    boolean log =
        switch (range.getScale()) {
          case SWEEP_SCALE_UNSPECIFIED, SWEEP_SCALE_LINEAR -> false;
          case SWEEP_SCALE_LOG -> true;
          case UNRECOGNIZED -> throw outOfRange(at + ".scale", "a known scale");
        };
    if (!Double.isFinite(range.getMin()) || (log && range.getMin() <= 0)) {
      throw outOfRange(at + ".min", log ? "a number above 0" : "a number");
    }
    if (!Double.isFinite(range.getMax()) || range.getMax() <= range.getMin()) {
      throw outOfRange(at + ".max", "a number above min");
    }
    if (field.isWhole() && Math.ceil(range.getMin()) > Math.floor(range.getMax())) {
      throw outOfRange(at, "a range that holds a whole number");
    }
  }

  private static long combinations(SweepSpec sweep) {
    long combinations = 1;
    for (SweepParameter parameter : sweep.getParametersList()) {
      combinations = Math.min(combinations * parameter.getValuesCount(), Integer.MAX_VALUE);
    }
    return combinations;
  }

  /** The last parameter changes fastest. */
  private static List<Value> combination(SweepSpec sweep, int index) {
    List<Value> point = new ArrayList<>();
    int rest = index;
    for (SweepParameter parameter : sweep.getParametersList().reversed()) {
      point.addFirst(parameter.getValues(rest % parameter.getValuesCount()));
      rest /= parameter.getValuesCount();
    }
    return point;
  }

  private static Value draw(SweepParameter parameter, Random random) {
    if (!parameter.hasRange()) {
      return parameter.getValues(random.nextInt(parameter.getValuesCount()));
    }
    SweepRange range = parameter.getRange();
    boolean whole = SweepField.of(parameter.getField(), "").isWhole();
    double min = whole ? Math.ceil(range.getMin()) - 0.5 : range.getMin();
    double max = whole ? Math.floor(range.getMax()) + 0.5 : range.getMax();
    double at = random.nextDouble();
    double number =
        range.getScale() == SweepScale.SWEEP_SCALE_LOG
            ? min * Math.pow(max / min, at)
            : min + (max - min) * at;
    double drawn =
        whole
            ? Math.clamp(Math.rint(number), Math.ceil(range.getMin()), Math.floor(range.getMax()))
            : Math.clamp(
                new BigDecimal(number).round(DIGITS).doubleValue(), range.getMin(), range.getMax());
    return Value.newBuilder().setNumberValue(drawn).build();
  }

  private static Trial trial(JobSpec job, List<Value> point) {
    JobSpec.Builder spec = job.toBuilder().clearSweep().clearDeployment().clearSuffix();
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int i = 0; i < point.size(); i++) {
      String path = job.getSweep().getParameters(i).getField();
      SweepField.of(path, "").set(spec, point.get(i), "");
      parameters.put(path, json(point.get(i)));
    }
    return new Trial(spec.build(), parameters);
  }

  private static String json(Value value) {
    if (value.hasNumberValue()) {
      return BigDecimal.valueOf(value.getNumberValue()).stripTrailingZeros().toPlainString();
    }
    try {
      return JsonFormat.printer().omittingInsignificantWhitespace().print(value);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("every value is JSON", e);
    }
  }

  private static Problem tooMany(String message, String field) {
    return Problem.caller("TOO_MANY_TRIALS", message)
        .at(Problem.FIELD, field)
        .mend("ask for at most " + MAX_TRIALS + " trials");
  }

  private static Problem outOfRange(String field, String allowed) {
    return Problem.caller("OUT_OF_RANGE", field + " is not usable")
        .at(Problem.FIELD, field)
        .mend("give " + allowed);
  }
}
