package dev.tuneline.ingest.job;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import dev.tuneline.errors.Problem;

/**
 * The numbers of one message of a job: gives those that are not set their default and checks that
 * each is in its range. A number that is set stays what it is, 0 too.
 */
final class Numbers {
  private final Message.Builder message;
  private final String at;

  /**
   * @param message is changed
   * @param at the message's path with a dot behind it, for problems
   */
  Numbers(Message.Builder message, String at) {
    this.message = message;
    this.at = at;
  }

  /** Half-open: at least 0 and below 1. */
  void fraction(String name, double unset) {
    double value = (double) orDefault(name, unset);
    if (!(value >= 0 && value < 1)) {
      throw outOfRange(at + name, "at least 0 and below 1").at("given", value);
    }
  }

  /** From {@code min} to {@code max}, both included. */
  void number(String name, double unset, double min, double max) {
    double value = (double) orDefault(name, unset);
    if (!(value >= min && value <= max)) {
      throw outOfRange(at + name, "%s to %s".formatted(min, max)).at("given", value);
    }
  }

  /** From {@code min} to {@code max}, both included. */
  void whole(String name, long unset, long min, long max) {
    Object given = field(name).getJavaType() == JavaType.INT ? (Object) (int) unset : unset;
    requireWhole(name, ((Number) orDefault(name, given)).longValue(), min, max);
  }

  /** From {@code min} to {@code max}, both included; not set is a choice of its own. */
  void wholeOrUnset(String name, long min, long max) {
    if (message.hasField(field(name))) {
      requireWhole(name, ((Number) message.getField(field(name))).longValue(), min, max);
    }
  }

  private void requireWhole(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw outOfRange(at + name, "%d to %d".formatted(min, max)).at("given", value);
    }
  }

  private Object orDefault(String name, Object unset) {
    if (!message.hasField(field(name))) {
      message.setField(field(name), unset);
    }
    return message.getField(field(name));
  }

  private FieldDescriptor field(String name) {
    return message.getDescriptorForType().findFieldByName(name);
  }

  /** A problem of the caller: the field, and what it may hold. */
  static Problem outOfRange(String field, String allowed) {
    return Problem.caller("OUT_OF_RANGE", field + " is not usable")
        .at(Problem.FIELD, field)
        .mend("give " + allowed);
  }
}
