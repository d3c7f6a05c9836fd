package dev.tuneline.errors;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A failure that a person can act on.
 *
 * <p>It carries a stable {@linkplain #reason() reason} in UPPER_SNAKE_CASE for programs, a message
 * for people, and {@linkplain #details() details} that name the place (see the key constants).
 * Every door translates it once: gRPC status with ErrorInfo, HTTP status with JSON, a failed job's
 * reason, a dead letter's header.
 *
 * <p>Instances are immutable and built fluently: {@code Problem.caller("MISSING_COLUMN",
 * "...").at(FILE, "a.csv").at(LINE, 1).mend("add the column")}.
 */
public final class Problem extends RuntimeException {
  /** Key of the file or artifact name. */
  public static final String FILE = "file";

  /** Key of the 1-based physical line. */
  public static final String LINE = "line";

  /** Key of the column's name, or its 1-based number where it has none. */
  public static final String COLUMN = "column";

  /** Key of the request or configuration field, as a dotted path. */
  public static final String FIELD = "field";

  /** Key of the sentence that says what to do about it. */
  public static final String MEND = "mend";

  private static final long serialVersionUID = 1L;

  private final Fault fault;
  private final String reason;

  @SuppressWarnings("serial") // always a serialisable LinkedHashMap of strings
  private final Map<String, String> details;

  private Problem(
      Fault fault,
      String reason,
      String message,
      Map<String, String> details,
      @Nullable Throwable cause) {
    super(message, cause);
    this.fault = fault;
    this.reason = requireReason(reason);
    this.details = details;
  }

  /** A problem that the caller must mend. */
  public static Problem caller(String reason, String message) {
    return new Problem(Fault.CALLER, reason, message, Map.of(), null);
  }

  /** A problem of our own; {@code cause} is kept for the log. */
  public static Problem ours(String reason, String message, @Nullable Throwable cause) {
    return new Problem(Fault.OURS, reason, message, Map.of(), cause);
  }

  /** A problem that passes when a bounded resource has room again. */
  public static Problem exhausted(String reason, String message) {
    return new Problem(Fault.EXHAUSTED, reason, message, Map.of(), null);
  }

  /** A problem read back from a wire form. */
  public static Problem of(
      Fault fault, String reason, String message, Map<String, String> details) {
    return new Problem(fault, reason, message, new LinkedHashMap<>(details), null);
  }

  /**
   * Sorts any failure: a {@code Problem} anywhere in the cause chain is itself, everything else is
   * ours with reason INTERNAL.
   */
  public static Problem from(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof Problem problem) {
        return problem;
      }
    }
    String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return ours("INTERNAL", message, failure);
  }

  /** This problem with one more detail; {@code value} is rendered with {@code toString}. */
  public Problem at(String key, Object value) {
    Map<String, String> more = new LinkedHashMap<>(details);
    more.put(Objects.requireNonNull(key), value.toString());
    Problem copy = new Problem(fault, reason, message(), more, getCause());
    copy.setStackTrace(getStackTrace());
    return copy;
  }

  /** This problem with the sentence that says what to do about it. */
  public Problem mend(String sentence) {
    return at(MEND, sentence);
  }

  /** This problem with an underlying cause, kept for the log only. */
  public Problem causedBy(Throwable cause) {
    Problem copy = new Problem(fault, reason, message(), details, cause);
    copy.setStackTrace(getStackTrace());
    return copy;
  }

  public Fault fault() {
    return fault;
  }

  /** Stable code in UPPER_SNAKE_CASE. */
  public String reason() {
    return reason;
  }

  /** The sentence for people, without the details. */
  public String message() {
    return Objects.requireNonNull(getMessage());
  }

  /** The place and the mend, in the order they were added; unmodifiable. */
  public Map<String, String> details() {
    return Collections.unmodifiableMap(details);
  }

  /** One line for a terminal or a log: message, place, reason, mend. */
  public String describe() {
    StringBuilder line = new StringBuilder(message());
    StringBuilder place = new StringBuilder();
    details.forEach(
        (key, value) -> {
          if (!key.equals(MEND)) {
            place.append(place.isEmpty() ? "" : ", ").append(key).append(' ').append(value);
          }
        });
    if (!place.isEmpty()) {
      line.append(" (").append(place).append(')');
    }
    line.append(" [").append(reason).append(']');
    String mend = details.get(MEND);
    if (mend != null) {
      line.append(": ").append(mend);
    }
    return line.toString();
  }

  private static String requireReason(String reason) {
    if (!reason.matches("[A-Z][A-Z0-9_]{1,62}")) {
      throw new IllegalArgumentException("reason must be UPPER_SNAKE_CASE: " + reason);
    }
    return reason;
  }
}
