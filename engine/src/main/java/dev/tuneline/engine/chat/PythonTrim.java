package dev.tuneline.engine.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import org.jspecify.annotations.Nullable;

/** Jinja's {@code trim} as Python's {@code str.strip()} does it: all Unicode white space goes. */
final class PythonTrim implements Filter {
  @Override
  public String getName() {
    return "trim";
  }

  @Override
  public Object filter(@Nullable Object value, JinjavaInterpreter interpreter, String... args) {
    return value == null ? "" : strip(value.toString());
  }

  static String strip(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && isSpace(text.charAt(start))) {
      start++;
    }
    while (end > start && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  /** Python's {@code str.isspace}; all such characters are in the basic plane. */
  private static boolean isSpace(char c) {
    return (c >= 0x09 && c <= 0x0D)
        || (c >= 0x1C && c <= 0x1F)
        || c == 0x85
        || Character.isSpaceChar(c);
  }
}
