package dev.tuneline.engine.chat.jinja;

import dev.tuneline.engine.chat.jinja.Expression.Call;
import dev.tuneline.engine.chat.jinja.Expression.Passed;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What writes something or sets a name; {@code line} is where it starts. */
sealed interface Statement {
  record Text(String text) implements Statement {}

  record Output(int line, Expression value) implements Statement {}

  record If(int line, Expression test, List<Statement> then, List<Statement> otherwise)
      implements Statement {}

  record For(
      int line,
      Target target,
      Expression over,
      @Nullable Expression test,
      boolean recursive,
      List<Statement> body,
      List<Statement> otherwise)
      implements Statement {}

  record Assign(int line, Target target, Expression value) implements Statement {}

  record AssignBlock(int line, Target target, List<Filter> filters, List<Statement> body)
      implements Statement {}

  record MacroDefinition(int line, String name, Signature signature, List<Statement> body)
      implements Statement {}

  record CallBlock(int line, Call call, Signature signature, List<Statement> body)
      implements Statement {}

  record FilterBlock(int line, List<Filter> filters, List<Statement> body) implements Statement {}

  record With(int line, List<Target> targets, List<Expression> values, List<Statement> body)
      implements Statement {}

  record Break() implements Statement {}

  record Continue() implements Statement {}

  record Filter(String name, Passed passed) {}

  record Parameter(String name, @Nullable Expression otherwise) {}

  /**
   * What a macro takes.
   *
   * @param mentions which of {@code varargs}, {@code kwargs} and {@code caller} its body names;
   *     what it does not name must not be passed
   */
  record Signature(List<Parameter> parameters, Set<String> mentions) {}

  /** What is assigned to. */
  sealed interface Target {
    record Variable(String name) implements Target {}

    record Member(String namespace, String attribute) implements Target {}

    record Several(List<Target> targets) implements Target {}
  }
}
