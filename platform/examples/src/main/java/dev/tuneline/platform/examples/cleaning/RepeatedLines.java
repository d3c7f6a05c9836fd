package dev.tuneline.platform.examples.cleaning;

/** Shortens runs of lines that differ in outer white space at most; blank lines end a run. */
final class RepeatedLines implements TextStep {
  private final int longest;

  /**
   * @param longest how long a run may be, in lines
   */
  RepeatedLines(int longest) {
    this.longest = longest;
  }

  @Override
  public String apply(String text) {
    if (text.indexOf('\n') < 0) {
      return text;
    }
    StringBuilder out = null;
    String before = "";
    int run = 0;
    for (int start = 0; start <= text.length(); ) {
      int feed = text.indexOf('\n', start);
      int end = feed < 0 ? text.length() : feed;
      String line = text.substring(start, end).strip();
      run = line.equals(before) ? run + 1 : 1;
      before = line;
      boolean stays = run <= longest || line.isEmpty();
      if (!stays && out == null) {
        out = new StringBuilder(text.length()).append(text, 0, start - 1);
      } else if (stays && out != null) {
        out.append('\n').append(text, start, end);
      }
      start = end + 1;
    }
    return out == null ? text : out.toString();
  }
}
