package dev.tuneline.engine.training;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.errors.Problem;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** Reads a schedule's options; the names that are asked for are those that may be given. */
final class ScheduleOptions {
  private final String schedule;
  private final JsonNode given;
  private final Set<String> known = new TreeSet<>();

  ScheduleOptions(String schedule, JsonNode given) {
    this.schedule = schedule;
    this.given = given;
  }

  /** What problems call an option. */
  static String field(String key) {
    return "schedule_options." + key;
  }

  /** A number of at least 0; empty when it is absent or null. */
  OptionalDouble number(String key) {
    JsonNode value = value(key);
    if (value.isMissingNode() || value.isNull()) {
      return OptionalDouble.empty();
    }
    double number = value.asDouble(Double.NaN);
    if (!value.isNumber() || !(number >= 0 && number <= Double.MAX_VALUE)) {
      throw malformed(key, "is not a number of at least 0");
    }
    return OptionalDouble.of(number);
  }

  double number(String key, double absent) {
    return number(key).orElse(absent);
  }

  /** A whole number of at least {@code least}. */
  OptionalInt whole(String key, int least) {
    OptionalDouble number = number(key);
    if (number.isEmpty()) {
      return OptionalInt.empty();
    }
    double value = number.getAsDouble();
    if (value != Math.rint(value) || value < least || value > Integer.MAX_VALUE) {
      throw malformed(key, "is not a whole number of at least " + least);
    }
    return OptionalInt.of((int) value);
  }

  String text(String key, String absent, List<String> allowed) {
    JsonNode value = value(key);
    String text = value.isMissingNode() || value.isNull() ? absent : value.asText();
    if (!allowed.contains(text)) {
      throw malformed(key, "is none of " + allowed);
    }
    return text;
  }

  private JsonNode value(String key) {
    known.add(key);
    return given.path(key);
  }

  /** Refuses what was given and never asked for. */
  void requireNoOthers() {
    given
        .fieldNames()
        .forEachRemaining(
            key -> {
              if (!known.contains(key)) {
                throw malformed(key, "is no option of it").mend("use some of " + known);
              }
            });
  }

  Problem malformed(String key, String fault) {
    return Problem.caller(
            "MALFORMED_TRAINING", "%s of schedule %s %s".formatted(key, schedule, fault))
        .at(Problem.FIELD, field(key));
  }
}
