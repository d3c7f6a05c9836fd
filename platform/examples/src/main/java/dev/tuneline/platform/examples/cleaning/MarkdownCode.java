package dev.tuneline.platform.examples.cleaning;

/** Where code stands in Markdown: between runs of equally many backticks, and between fences. */
final class MarkdownCode {
  private static final int FENCE = 3;

  private MarkdownCode() {}

  /**
   * Where the code ends that a mark at a place begins, its closing mark included; behind the mark
   * when it begins none.
   *
   * @param start a backtick or a tilde that no other one stands before
   */
  static int end(String text, int start) {
    char mark = text.charAt(start);
    int run = run(text, start);
    if (run >= FENCE && isFirstOfLine(text, start)) {
      return fenceEnd(text, start, mark, run);
    }
    return mark == '`' ? spanEnd(text, start + run, run) : start + run;
  }

  private static int fenceEnd(String text, int start, char mark, int run) {
    int feed = text.indexOf('\n', start);
    while (feed >= 0) {
      int line = feed + 1;
      while (line < text.length() && (text.charAt(line) == ' ' || text.charAt(line) == '\t')) {
        line++;
      }
      if (line < text.length() && text.charAt(line) == mark && run(text, line) >= run) {
        return line + run(text, line);
      }
      feed = text.indexOf('\n', line);
    }
    return text.length();
  }

  private static int spanEnd(String text, int from, int run) {
    int i = from;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '`') {
        int closing = run(text, i);
        if (closing == run) {
          return i + closing;
        }
        i += closing;
      } else if (c == '\n' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
        return from;
      } else {
        i++;
      }
    }
    return from;
  }

  private static boolean isFirstOfLine(String text, int start) {
    int i = start - 1;
    while (i >= 0 && (text.charAt(i) == ' ' || text.charAt(i) == '\t')) {
      i--;
    }
    return i < 0 || text.charAt(i) == '\n';
  }

  /** How many of the character at a place stand there. */
  static int run(String text, int start) {
    int end = start;
    while (end < text.length() && text.charAt(end) == text.charAt(start)) {
      end++;
    }
    return end - start;
  }

  /** The longest run of backticks in a text. */
  static int longestRun(CharSequence text) {
    int longest = 0;
    int run = 0;
    for (int i = 0; i < text.length(); i++) {
      run = text.charAt(i) == '`' ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    return longest;
  }
}
