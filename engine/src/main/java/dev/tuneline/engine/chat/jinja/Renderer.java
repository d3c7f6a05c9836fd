package dev.tuneline.engine.chat.jinja;

import dev.tuneline.engine.chat.jinja.Statement.Assign;
import dev.tuneline.engine.chat.jinja.Statement.AssignBlock;
import dev.tuneline.engine.chat.jinja.Statement.Break;
import dev.tuneline.engine.chat.jinja.Statement.CallBlock;
import dev.tuneline.engine.chat.jinja.Statement.Continue;
import dev.tuneline.engine.chat.jinja.Statement.Filter;
import dev.tuneline.engine.chat.jinja.Statement.FilterBlock;
import dev.tuneline.engine.chat.jinja.Statement.For;
import dev.tuneline.engine.chat.jinja.Statement.If;
import dev.tuneline.engine.chat.jinja.Statement.MacroDefinition;
import dev.tuneline.engine.chat.jinja.Statement.Output;
import dev.tuneline.engine.chat.jinja.Statement.Parameter;
import dev.tuneline.engine.chat.jinja.Statement.Signature;
import dev.tuneline.engine.chat.jinja.Statement.Target;
import dev.tuneline.engine.chat.jinja.Statement.Text;
import dev.tuneline.engine.chat.jinja.Statement.With;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes what a template's statements write. One for each rendering. */
final class Renderer {
  /** How a body ended. */
  private enum End {
    REACHED,
    BREAK,
    CONTINUE
  }

  private final Evaluator evaluator = new Evaluator();

  String render(List<Statement> body, Scope scope) {
    StringBuilder out = new StringBuilder();
    run(body, scope, out);
    return out.toString();
  }

  private End run(List<Statement> body, Scope scope, StringBuilder out) {
    for (Statement statement : body) {
      evaluator.step();
      End end = run(statement, scope, out);
      if (end != End.REACHED) {
        return end;
      }
    }
    return End.REACHED;
  }

  private End run(Statement statement, Scope scope, StringBuilder out) {
    try {
      return switch (statement) {
        case Text text -> write(text.text(), out);
        case Output output -> write(PythonText.str(evaluator.value(output.value(), scope)), out);
        case If branch ->
            run(
                evaluator.truth(branch.test(), scope) ? branch.then() : branch.otherwise(),
                scope,
                out);
        case For loop -> {
          List<?> items = Python.items(evaluator.value(loop.over(), scope));
          yield loop(loop, items, 0, scope, out);
        }
        case Assign assign ->
            assign(assign.target(), evaluator.value(assign.value(), scope), scope);
        case AssignBlock block ->
            assign(
                block.target(),
                filtered(render(block.body(), scope.inner()), block.filters(), scope),
                scope);
        case MacroDefinition macro -> {
          scope.set(macro.name(), macro(macro.name(), macro.signature(), macro.body(), scope));
          yield End.REACHED;
        }
        case CallBlock block -> {
          Callable caller = macro("caller", block.signature(), block.body(), scope);
          yield write(
              PythonText.str(evaluator.call(block.call(), scope, Map.of("caller", caller))), out);
        }
        case FilterBlock block ->
            write(
                PythonText.str(
                    filtered(render(block.body(), scope.inner()), block.filters(), scope)),
                out);
        case With with -> run(with.body(), with(with, scope), out);
        case Break none -> End.BREAK;
        case Continue none -> End.CONTINUE;
      };
    } catch (TemplateFailure failure) {
      throw failure.within(line(statement));
    }
  }

  private static End write(String text, StringBuilder out) {
    Limits.size((long) out.length() + text.length());
    out.append(text);
    return End.REACHED;
  }

  private Object filtered(Object value, List<Filter> filters, Scope scope) {
    Object result = value;
    for (Filter filter : filters) {
      result =
          Filters.apply(
              filter.name(), result, evaluator.arguments(filter.passed(), scope, Map.of()));
    }
    return result;
  }

  private Scope with(With with, Scope scope) {
    Scope inner = scope.inner();
    for (int i = 0; i < with.targets().size(); i++) {
      assign(with.targets().get(i), evaluator.value(with.values().get(i), scope), inner);
    }
    return inner;
  }

  private End loop(For loop, List<?> over, int depth, Scope scope, StringBuilder out) {
    Loop state =
        new Loop(loop.test() == null ? over : chosen(loop, loop.test(), over, scope), depth);
    boolean empty = true;
    while (state.advance()) {
      evaluator.step();
      empty = false;
      Scope inner = scope.inner();
      inner.set("loop", loop.recursive() ? new Recursion(loop, state, depth, scope) : state);
      assign(loop.target(), state.item(), inner);
      if (run(loop.body(), inner, out) == End.BREAK) {
        break;
      }
    }
    return empty ? run(loop.otherwise(), scope.inner(), out) : End.REACHED;
  }

  private List<Object> chosen(For loop, Expression test, List<?> over, Scope scope) {
    List<Object> chosen = new ArrayList<>();
    for (Object item : over) {
      Scope inner = scope.inner();
      assign(loop.target(), item, inner);
      if (evaluator.truth(test, inner)) {
        chosen.add(item);
      }
    }
    return chosen;
  }

  /** A loop that can be run again over an item's own items. */
  private final class Recursion implements Members, Callable {
    private final For loop;
    private final Loop state;
    private final int depth;
    private final Scope scope;

    Recursion(For loop, Loop state, int depth, Scope scope) {
      this.loop = loop;
      this.state = state;
      this.depth = depth;
      this.scope = scope;
    }

    @Override
    public @Nullable Object member(String name) {
      return state.member(name);
    }

    @Override
    public Object call(Arguments arguments) {
      StringBuilder out = new StringBuilder();
      loop(loop, Python.items(arguments.get(0, "iterable")), depth + 1, scope, out);
      return out.toString();
    }
  }

  private Callable macro(String name, Signature signature, List<Statement> body, Scope scope) {
    return arguments -> render(body, parameters(name, signature, arguments, scope));
  }

  private Scope parameters(String macro, Signature signature, Arguments given, Scope scope) {
    Scope inner = scope.inner();
    List<Parameter> parameters = signature.parameters();
    Map<String, Object> rest = new LinkedHashMap<>(given.named());
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      @Nullable Object value = given.find(i, parameter.name());
      Expression otherwise = parameter.otherwise();
      if (value == null) {
        value =
            otherwise == null
                ? new Undefined("parameter '" + parameter.name() + "' was not provided")
                : evaluator.value(otherwise, inner);
      }
      rest.remove(parameter.name());
      inner.set(parameter.name(), value);
    }
    if (signature.mentions().contains("caller")) {
      @Nullable Object caller = rest.remove("caller");
      inner.set("caller", caller == null ? new Undefined("No caller defined") : caller);
    }
    boolean tooMany = given.positional().size() > parameters.size();
    if (signature.mentions().contains("varargs")) {
      inner.set("varargs", new Tuple(given.from(parameters.size()).positional()));
    } else if (tooMany) {
      throw TemplateFailure.of(
          "macro '" + macro + "' takes not more than " + parameters.size() + " argument(s)");
    }
    if (signature.mentions().contains("kwargs")) {
      inner.set("kwargs", rest);
    } else if (!rest.isEmpty()) {
      throw TemplateFailure.of(
          "macro '"
              + macro
              + "' takes no keyword argument '"
              + rest.keySet().iterator().next()
              + "'");
    }
    return inner;
  }

  private static End assign(Target target, Object value, Scope scope) {
    switch (target) {
      case Target.Variable variable -> scope.set(variable.name(), value);
      case Target.Member member -> {
        if (!(scope.get(member.namespace()) instanceof Namespace namespace)) {
          throw TemplateFailure.of("cannot assign attribute on non-namespace object");
        }
        namespace.set(member.attribute(), value);
      }
      case Target.Several several -> {
        List<?> values = Python.items(value);
        if (values.size() != several.targets().size()) {
          throw TemplateFailure.of(
              "cannot unpack "
                  + values.size()
                  + " values into "
                  + several.targets().size()
                  + " names");
        }
        for (int i = 0; i < values.size(); i++) {
          assign(several.targets().get(i), values.get(i), scope);
        }
      }
    }
    return End.REACHED;
  }

  private static int line(Statement statement) {
    return switch (statement) {
      case Output output -> output.line();
      case If branch -> branch.line();
      case For loop -> loop.line();
      case Assign assign -> assign.line();
      case AssignBlock block -> block.line();
      case MacroDefinition macro -> macro.line();
      case CallBlock block -> block.line();
      case FilterBlock block -> block.line();
      case With with -> with.line();
      case Text text -> 0;
      case Break none -> 0;
      case Continue none -> 0;
    };
  }
}
