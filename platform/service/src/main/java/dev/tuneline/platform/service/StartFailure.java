package dev.tuneline.platform.service;

import dev.tuneline.errors.Problem;
import io.micronaut.context.exceptions.ConfigurationException;
import io.micronaut.context.exceptions.DependencyInjectionException;
import java.net.BindException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds in a failed start's chain of causes what a person can mend, in one line. */
final class StartFailure {
  private static final Pattern BAD_VALUE =
      Pattern.compile("Error resolving property value \\[([^]]+)]\\. (.+)");
  private static final String INNER_MESSAGE = "Message: ";

  private StartFailure() {}

  static Problem problemOf(Throwable failure) {
    Throwable root = failure;
    for (Throwable t = failure; t != null; t = t.getCause()) {
      root = t;
      if (t instanceof Problem problem) {
        return problem;
      }
      Matcher badValue = BAD_VALUE.matcher(String.valueOf(t.getMessage()));
      if (badValue.find()) {
        return badConfig(badValue.group(2), failure).at(Problem.FIELD, badValue.group(1));
      }
    }
    return switch (root) {
      case BindException e ->
          Problem.caller("PORT_IN_USE", "cannot listen: " + oneLine(failure))
              .mend("stop the process that uses the port, or choose another port")
              .causedBy(failure);
      // Settings check their values in their constructors.
      case ConfigurationException e -> badConfig(oneLine(e), failure);
      case DependencyInjectionException e -> badConfig(oneLine(e), failure);
      case IllegalArgumentException e -> badConfig(oneLine(e), failure);
      default -> Problem.ours("START_FAILED", oneLine(root), failure);
    };
  }

  private static Problem badConfig(String message, Throwable failure) {
    return Problem.caller("BAD_CONFIG", message)
        .mend("correct the value in the configuration")
        .causedBy(failure);
  }

  /** The innermost of the messages that the container has nested, without its path of beans. */
  private static String oneLine(Throwable failure) {
    List<String> lines =
        String.valueOf(failure.getMessage()).lines().filter(line -> !line.isBlank()).toList();
    return lines.stream()
        .filter(line -> line.startsWith(INNER_MESSAGE))
        .reduce((first, second) -> second)
        .map(line -> line.substring(INNER_MESSAGE.length()))
        .orElse(lines.isEmpty() ? failure.toString() : lines.getFirst());
  }
}
