package dev.tuneline.engine.chat.jinja;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A template of Jinja2 as transformers configures it: trim_blocks, lstrip_blocks, loop controls,
 * the immutable sandbox, and the functions and filters that chat templates call.
 *
 * <p>What templates include or inherit is not offered. Values are data: template syntax in them is
 * never run. Immutable, for any number of threads.
 */
public final class JinjaTemplate {
  private final List<Statement> body;
  private final Clock clock;

  private JinjaTemplate(List<Statement> body, Clock clock) {
    this.body = body;
    this.clock = clock;
  }

  /**
   * Reads a template; {@link TemplateFailure} says where it is broken.
   *
   * @param clock what {@code strftime_now} tells
   */
  public static JinjaTemplate parse(String source, Clock clock) {
    return bounded(() -> new JinjaTemplate(Parser.parse(source), clock));
  }

  /**
   * The text that the template makes of these values, which may be texts, numbers, truth values,
   * null, and lists and maps of such. Fails with {@link TemplateFailure}, also where the template
   * makes or does too much ({@link Limits}).
   */
  public String render(Map<String, ? extends @Nullable Object> variables) {
    Map<String, Object> values = Functions.all(clock);
    variables.forEach((name, value) -> values.put(name, Python.value(value)));
    return bounded(() -> new Renderer().render(body, Scope.outermost(values)));
  }

  /** Brackets, blocks and macros may nest as deep as the stack allows, as in Jinja2. */
  private static <T> T bounded(Supplier<T> work) {
    try {
      return work.get();
    } catch (StackOverflowError e) {
      throw TemplateFailure.of("it is nested too deeply");
    }
  }
}
