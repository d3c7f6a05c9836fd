package dev.tuneline.engine.chat.jinja;

/** A template that cannot be read or rendered, or that refuses what it was given. */
public final class TemplateFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final boolean raised;

  private TemplateFailure(String message, int line, boolean raised) {
    super(message);
    this.line = line;
    this.raised = raised;
  }

  /** A failure whose line is not known where it happens. */
  static TemplateFailure of(String message) {
    return new TemplateFailure(message, 0, false);
  }

  static TemplateFailure at(int line, String message) {
    return new TemplateFailure(message, line, false);
  }

  /** What {@code raise_exception} makes. */
  static TemplateFailure raised(String message) {
    return new TemplateFailure(message, 0, true);
  }

  TemplateFailure within(int ofLine) {
    return line > 0 ? this : new TemplateFailure(String.valueOf(getMessage()), ofLine, raised);
  }

  /** The template's line, from 1; 0 where it is not known. */
  public int line() {
    return line;
  }

  /** Whether the template itself refused, by {@code raise_exception}. */
  public boolean raised() {
    return raised;
  }
}
