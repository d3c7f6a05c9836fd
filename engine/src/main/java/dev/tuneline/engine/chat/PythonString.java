package dev.tuneline.engine.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Python's methods of strings, which chat templates call, as filters of the renderer. */
enum PythonString implements Filter {
  /** The filter of Jinja; like {@link #STRIP}. */
  TRIM,
  STRIP,
  LSTRIP,
  RSTRIP,
  STARTSWITH,
  ENDSWITH,
  SPLIT,
  UPPER,
  LOWER;

  /** Their names, as alternatives of a regular expression. */
  static String methods() {
    return Arrays.stream(values())
        .filter(method -> method != TRIM)
        .map(PythonString::getName)
        .collect(Collectors.joining("|"));
  }

  @Override
  public String getName() {
    return name().toLowerCase(Locale.ROOT);
  }

  @Override
  public Object filter(@Nullable Object value, JinjavaInterpreter interpreter, String... args) {
    String text = value == null ? "" : value.toString();
    @Nullable String argument = args.length == 0 ? null : args[0];
    return switch (this) {
      case TRIM, STRIP -> strip(text, argument, true, true);
      case LSTRIP -> strip(text, argument, true, false);
      case RSTRIP -> strip(text, argument, false, true);
      case STARTSWITH -> argument != null && text.startsWith(argument);
      case ENDSWITH -> argument != null && text.endsWith(argument);
      case SPLIT -> split(text, argument, args.length > 1 ? Integer.parseInt(args[1]) : -1);
      case UPPER -> text.toUpperCase(Locale.ROOT);
      case LOWER -> text.toLowerCase(Locale.ROOT);
    };
  }

  private static String strip(
      String text, @Nullable String characters, boolean left, boolean right) {
    int start = 0;
    int end = text.length();
    while (left && start < end && goes(text.charAt(start), characters)) {
      start++;
    }
    while (right && end > start && goes(text.charAt(end - 1), characters)) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean goes(char c, @Nullable String characters) {
    return characters == null ? isSpace(c) : characters.indexOf(c) >= 0;
  }

  private static List<String> split(String text, @Nullable String separator, int most) {
    if (separator == null) {
      String stripped = strip(text, null, true, true);
      return stripped.isEmpty() ? List.of() : List.of(stripped.split("\\s+", most + 1));
    }
    List<String> parts = new ArrayList<>();
    int from = 0;
    int at = text.indexOf(separator);
    while (at >= 0 && (most < 0 || parts.size() < most)) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
      at = text.indexOf(separator, from);
    }
    parts.add(text.substring(from));
    return parts;
  }

  /** Python's {@code str.isspace}; all such characters are in the basic plane. */
  private static boolean isSpace(char c) {
    return (c >= 0x09 && c <= 0x0D)
        || (c >= 0x1C && c <= 0x1F)
        || c == 0x85
        || Character.isSpaceChar(c);
  }
}
