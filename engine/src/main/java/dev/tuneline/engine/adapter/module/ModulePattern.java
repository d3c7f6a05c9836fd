package dev.tuneline.engine.adapter.module;

import dev.tuneline.engine.adapter.MethodOptions;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Patterns over module names, written for Python's {@code re}. */
public final class ModulePattern {
  private ModulePattern() {}

  /** A pattern that is the value of the option {@code key}, or within it. */
  public static Pattern of(String key, String python) {
    try {
      return Pattern.compile(python.replace("(?P<", "(?<"));
    } catch (PatternSyntaxException e) {
      throw MethodOptions.bad(key, "is not a regular expression: " + e.getMessage()).causedBy(e);
    }
  }

  /** Whether {@code module} is one of {@code names} or ends with a dot and one of them. */
  public static boolean endsWithOne(String module, List<String> names) {
    return names.stream().anyMatch(n -> module.equals(n) || module.endsWith("." + n));
  }
}
