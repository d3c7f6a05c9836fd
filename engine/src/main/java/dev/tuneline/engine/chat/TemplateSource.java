package dev.tuneline.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A chat template's text in the form that the renderer takes as Jinja would.
 *
 * <p>Jinja decides about white space while it cuts a template into tokens: {@code -} and {@code +}
 * beside a delimiter, and the options trim_blocks and lstrip_blocks, which transformers sets. The
 * renderer at hand leaves some of it in, so it is settled here and no mark is left. Comments are
 * dropped.
 */
final class TemplateSource {
  private static final Pattern OPENING = Pattern.compile("\\{[%{#]");
  private static final Pattern NAMESPACE = Pattern.compile("\\bnamespace\\(");
  private static final Pattern NAMED = Pattern.compile("\\s*(\\w+)\\s*=(?!=)(.*)", Pattern.DOTALL);

  private static final Pattern METHOD = Pattern.compile("\\.(" + PythonString.methods() + ")\\(");
  private static final Pattern REVERSAL = Pattern.compile("\\[\\s*::\\s*-1\\s*]");

  private final String source;
  private final StringBuilder out = new StringBuilder();
  private boolean lineStarts = true;

  private TemplateSource(String source) {
    this.source = source;
  }

  /** {@code source} without marks of white space, and with the same output. */
  static String settled(String source) {
    // Jinja knows one kind of newline and drops one at the end of a template.
    String text = source.replace("\r\n", "\n").replace('\r', '\n');
    return new TemplateSource(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text)
        .settle();
  }

  private String settle() {
    int at = 0;
    Matcher opening = OPENING.matcher(source);
    while (opening.find(at)) {
      char kind = source.charAt(opening.start() + 1);
      int inner = opening.end();
      char mark = inner < source.length() ? source.charAt(inner) : ' ';
      text(source.substring(at, opening.start()), kind, mark);
      int end = end(inner, kind);
      if (end < 0) { // never closed: the renderer says so
        return out.append(source, opening.start(), source.length()).toString();
      }
      at = tag(kind, inner + (mark == '-' || mark == '+' ? 1 : 0), end);
    }
    return out.append(source, at, source.length()).toString();
  }

  /** Text before a tag, without the white space that the tag takes away. */
  private void text(String text, char kind, char mark) {
    if (mark == '-') {
      out.append(text.stripTrailing());
    } else if (kind != '{' && mark != '+' && endsInBlanks(text)) {
      out.append(text, 0, text.lastIndexOf('\n') + 1);
    } else {
      out.append(text);
    }
  }

  private boolean endsInBlanks(String text) {
    int line = text.lastIndexOf('\n') + 1;
    return (line > 0 || lineStarts) && text.substring(line).isBlank();
  }

  /** Appends a tag whose end mark is at {@code end}; returns where the text after it starts. */
  private int tag(char kind, int start, int end) {
    char mark = source.charAt(end - 1);
    boolean marked = end > start && (mark == '-' || mark == '+');
    String inner = source.substring(start, marked ? end - 1 : end);
    switch (kind) {
      case '%' -> out.append("{%").append(namespaces(translated(inner))).append("%}");
      case '{' -> out.append("{{").append(translated(inner)).append("}}");
      default -> {}
    }
    int next = end + 2;
    if (marked && mark == '-') {
      while (next < source.length() && Character.isWhitespace(source.charAt(next))) {
        next++;
      }
    } else if (kind != '{' && !marked && source.startsWith("\n", next)) {
      next++;
    }
    lineStarts = source.charAt(next - 1) == '\n';
    return next;
  }

  /** Where the delimiter that closes a tag starts, strings skipped; -1 for nowhere. */
  private int end(int from, char kind) {
    if (kind == '#') {
      return source.indexOf("#}", from);
    }
    String closing = kind == '%' ? "%}" : "}}";
    int depth = 0;
    for (int i = from; i < source.length(); i++) {
      char c = source.charAt(i);
      if (c == '\'' || c == '"') {
        i = endOfString(source, i);
      } else if (depth == 0 && source.startsWith(closing, i)) {
        return i;
      } else if (c == '{') {
        depth++;
      } else if (c == '}') {
        depth--;
      }
    }
    return -1;
  }

  private static int endOfString(String text, int quote) {
    int i = quote + 1;
    while (i < text.length() && text.charAt(i) != text.charAt(quote)) {
      i += text.charAt(i) == '\\' ? 2 : 1;
    }
    return i;
  }

  /**
   * Python's methods of strings, and the slice that runs backwards, as the renderer's filters:
   * {@code a.strip()[0]} becomes {@code (a|strip())[0]}.
   */
  private static String translated(String inner) {
    StringBuilder done = new StringBuilder();
    Matcher method = METHOD.matcher(inner);
    Matcher reversal = REVERSAL.matcher(inner);
    int at = 0;
    while (at < inner.length()) {
      char c = inner.charAt(at);
      if (c == '\'' || c == '"') {
        int end = Math.min(inner.length(), endOfString(inner, at) + 1);
        done.append(inner, at, end);
        at = end;
      } else if (c == '.' && method.region(at, inner.length()).lookingAt()) {
        int end = endOfArguments(inner, method.end());
        done.insert(startOfOperand(done), '(').append('|').append(method.group(1)).append('(');
        done.append(translated(inner.substring(method.end(), end))).append("))");
        at = end + 1;
      } else if (c == '[' && reversal.region(at, inner.length()).lookingAt()) {
        done.insert(startOfOperand(done), '(').append("|reverse)");
        at = reversal.end();
      } else {
        done.append(c);
        at++;
      }
    }
    return done.toString();
  }

  /** Where the bracket is that closes the one before {@code from}. */
  private static int endOfArguments(String inner, int from) {
    int depth = 0;
    for (int i = from; i < inner.length(); i++) {
      char c = inner.charAt(i);
      if (c == '\'' || c == '"') {
        i = endOfString(inner, i);
      } else if (c == ')' && depth-- == 0) {
        return i;
      } else if (c == '(') {
        depth++;
      }
    }
    return inner.length();
  }

  /** Where the name, call, index or literal starts that {@code text} ends with. */
  private static int startOfOperand(CharSequence text) {
    int start = text.length();
    while (start > 0) {
      char c = text.charAt(start - 1);
      if (c == '\'' || c == '"') {
        start = startOfString(text, start - 1);
      } else if (c == ')' || c == ']') {
        start = startOfBrackets(text, start - 1);
      } else if (Character.isLetterOrDigit(c) || c == '_' || c == '.') {
        start--;
      } else {
        break;
      }
    }
    return start;
  }

  private static int startOfBrackets(CharSequence text, int closing) {
    int depth = 0;
    for (int i = closing; i >= 0; i--) {
      char c = text.charAt(i);
      if (c == '\'' || c == '"') {
        i = startOfString(text, i);
      } else if (c == ')' || c == ']') {
        depth++;
      } else if ((c == '(' || c == '[') && --depth == 0) {
        return i;
      }
    }
    return 0;
  }

  private static int startOfString(CharSequence text, int quote) {
    int i = quote - 1;
    while (i > 0 && (text.charAt(i) != text.charAt(quote) || text.charAt(i - 1) == '\\')) {
      i--;
    }
    return Math.max(i, 0);
  }

  /**
   * The renderer reads {@code namespace(a=b - 1)} as {@code (a=b) - 1} unless b - 1 has brackets.
   */
  private static String namespaces(String inner) {
    Matcher call = NAMESPACE.matcher(inner);
    if (!call.find()) {
      return inner;
    }
    List<String> arguments = new ArrayList<>();
    int start = call.end();
    int depth = 0;
    for (int i = start; i < inner.length(); i++) {
      char c = inner.charAt(i);
      if (c == '\'' || c == '"') {
        i = Math.max(i, inner.indexOf(c, i + 1));
      } else if (depth == 0 && (c == ',' || c == ')')) {
        arguments.add(bracketed(inner.substring(start, i)));
        start = i + 1;
        if (c == ')') {
          return inner.substring(0, call.end()) + String.join(",", arguments) + inner.substring(i);
        }
      } else if ("([{".indexOf(c) >= 0) {
        depth++;
      } else if (")]}".indexOf(c) >= 0) {
        depth--;
      }
    }
    return inner;
  }

  private static String bracketed(String argument) {
    Matcher named = NAMED.matcher(argument);
    return named.matches() ? named.group(1) + "=(" + named.group(2).strip() + ")" : argument;
  }
}
