package dev.tuneline.platform.service;

import dev.tuneline.errors.Problem;
import io.micronaut.context.exceptions.ConfigurationException;
import io.micronaut.core.convert.exceptions.ConversionErrorException;
import java.net.BindException;

/** Finds in a failed start's chain of causes what a person can mend. */
final class StartFailure {
  private StartFailure() {}

  static Problem problemOf(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      switch (t) {
        case Problem problem -> {
          return problem;
        }
        case BindException e -> {
          return Problem.caller("PORT_IN_USE", "cannot listen: " + failure.getMessage())
              .mend("stop the process that uses the port, or choose another port")
              .causedBy(failure);
        }
        case ConversionErrorException e -> {
          return badConfig(String.valueOf(e.getMessage()), failure);
        }
        case ConfigurationException e -> {
          return badConfig(String.valueOf(e.getMessage()), failure);
        }
        default -> {}
      }
    }
    return Problem.from(failure);
  }

  private static Problem badConfig(String message, Throwable failure) {
    return Problem.caller("BAD_CONFIG", message)
        .mend("correct the value in the configuration")
        .causedBy(failure);
  }
}
