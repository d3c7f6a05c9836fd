package dev.tuneline.cli;

import java.io.PrintStream;
import java.io.PrintWriter;

/**
 * What a command writes to. On an interactive terminal one line at the bottom may be rewritten in
 * place; elsewhere only whole lines come out, and no control characters.
 */
final class Terminal {
  private final PrintStream out;
  private final PrintStream err;
  private final boolean interactive;
  private final int columns;
  private int shown;

  /**
   * @param interactive whether {@code out} is a terminal that a person looks at
   * @param columns its width in cells
   */
  Terminal(PrintStream out, PrintStream err, boolean interactive, int columns) {
    this.out = out;
    this.err = err;
    this.interactive = interactive;
    this.columns = Math.max(40, columns);
  }

  /** The process's own terminal; {@code ./tuneline} says what it is. */
  static Terminal system() {
    return new Terminal(
        System.out,
        System.err,
        Boolean.getBoolean("dev.tuneline.interactive"),
        Integer.getInteger("dev.tuneline.columns", 100));
  }

  /** For whole texts such as a command's help. */
  PrintWriter outWriter() {
    return new PrintWriter(out, true, out.charset());
  }

  /** For whole texts such as a command's usage after a wrong option. */
  PrintWriter errWriter() {
    return new PrintWriter(err, true, err.charset());
  }

  boolean interactive() {
    return interactive;
  }

  synchronized void line(String text) {
    clear();
    out.println(text);
    out.flush();
  }

  void line() {
    line("");
  }

  synchronized void print(String text) {
    clear();
    out.print(text);
    out.flush();
  }

  synchronized void error(String text) {
    clear();
    out.flush();
    err.println(text);
    err.flush();
  }

  /** Shows a line in place of the last such line; nothing unless interactive. */
  synchronized void transientLine(String text) {
    if (!interactive) {
      return;
    }
    String cut = text.length() < columns ? text : text.substring(0, columns - 1);
    out.print("\r" + cut + " ".repeat(Math.max(0, shown - cut.length())));
    out.flush();
    shown = cut.length();
  }

  private void clear() {
    if (shown > 0) {
      out.print("\r" + " ".repeat(shown) + "\r");
      shown = 0;
    }
  }
}
