package dev.tuneline.platform.examples.cleaning;

/** Shortens runs of one character; digits and white space, in which a run has meaning, stay. */
final class RepeatedCharacters implements TextStep {
  private final int longest;

  /**
   * @param longest how long a run may be, in characters
   */
  RepeatedCharacters(int longest) {
    this.longest = longest;
  }

  @Override
  public String apply(String text) {
    StringBuilder out = null;
    int run = 0;
    int before = -1;
    int copied = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      int next = i + Character.charCount(c);
      run = c == before ? run + 1 : 1;
      before = c;
      if (run > longest && !Character.isDigit(c) && !Character.isWhitespace(c)) {
        out = out == null ? new StringBuilder(text.length()) : out;
        out.append(text, copied, i);
        copied = next;
      }
      i = next;
    }
    return out == null ? text : out.append(text, copied, text.length()).toString();
  }
}
