package dev.tuneline.engine.chat.jinja;

import dev.tuneline.engine.chat.jinja.Expression.And;
import dev.tuneline.engine.chat.jinja.Expression.Attribute;
import dev.tuneline.engine.chat.jinja.Expression.Binary;
import dev.tuneline.engine.chat.jinja.Expression.Call;
import dev.tuneline.engine.chat.jinja.Expression.Compared;
import dev.tuneline.engine.chat.jinja.Expression.Comparison;
import dev.tuneline.engine.chat.jinja.Expression.Concat;
import dev.tuneline.engine.chat.jinja.Expression.Conditional;
import dev.tuneline.engine.chat.jinja.Expression.DictOf;
import dev.tuneline.engine.chat.jinja.Expression.Filtered;
import dev.tuneline.engine.chat.jinja.Expression.Item;
import dev.tuneline.engine.chat.jinja.Expression.ListOf;
import dev.tuneline.engine.chat.jinja.Expression.Literal;
import dev.tuneline.engine.chat.jinja.Expression.Name;
import dev.tuneline.engine.chat.jinja.Expression.Not;
import dev.tuneline.engine.chat.jinja.Expression.Or;
import dev.tuneline.engine.chat.jinja.Expression.Passed;
import dev.tuneline.engine.chat.jinja.Expression.Signed;
import dev.tuneline.engine.chat.jinja.Expression.Slice;
import dev.tuneline.engine.chat.jinja.Expression.Tested;
import dev.tuneline.engine.chat.jinja.Expression.TupleOf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What expressions are worth, within {@link Limits#MAX_STEPS} of one rendering. */
final class Evaluator {
  private long steps;

  /** Counts one more step; fails where there were too many. */
  void step() {
    if (++steps > Limits.MAX_STEPS) {
      throw TemplateFailure.of("it takes more than " + Limits.MAX_STEPS + " steps");
    }
  }

  Object value(Expression expression, Scope scope) {
    step();
    return switch (expression) {
      case Literal literal -> literal.value();
      case Name name -> scope.get(name.name());
      case ListOf list -> values(list.items(), scope);
      case TupleOf tuple -> new Tuple(values(tuple.items(), scope));
      case DictOf dict -> dict(dict, scope);
      case Attribute attribute -> Access.attribute(value(attribute.of(), scope), attribute.name());
      case Item item -> Access.element(value(item.of(), scope), value(item.key(), scope));
      case Slice slice ->
          Python.slice(
              value(slice.of(), scope),
              bound(slice.start(), scope),
              bound(slice.stop(), scope),
              bound(slice.step(), scope));
      case Call call -> call(call, scope, Map.of());
      case Filtered filtered ->
          Filters.apply(
              filtered.filter(),
              value(filtered.of(), scope),
              arguments(filtered.passed(), scope, Map.of()));
      case Tested tested ->
          Tests.test(
              tested.test(),
              value(tested.of(), scope),
              arguments(tested.passed(), scope, Map.of()));
      case Not not -> !truth(not.of(), scope);
      case Signed signed -> Arithmetic.signed(signed.sign(), value(signed.of(), scope));
      case And and -> {
        Object left = value(and.left(), scope);
        yield Python.truth(left) ? value(and.right(), scope) : left;
      }
      case Or or -> {
        Object left = value(or.left(), scope);
        yield Python.truth(left) ? left : value(or.right(), scope);
      }
      case Binary binary ->
          Arithmetic.binary(
              binary.operator(), value(binary.left(), scope), value(binary.right(), scope));
      case Concat concat -> concat(concat, scope);
      case Compared compared -> compared(compared, scope);
      case Conditional conditional -> conditional(conditional, scope);
    };
  }

  boolean truth(Expression expression, Scope scope) {
    return Python.truth(value(expression, scope));
  }

  private List<Object> values(List<Expression> expressions, Scope scope) {
    List<Object> values = new ArrayList<>();
    for (Expression expression : expressions) {
      values.add(value(expression, scope));
    }
    return values;
  }

  private Object dict(DictOf dict, Scope scope) {
    Map<Object, Object> values = new LinkedHashMap<>();
    for (Expression.Entry entry : dict.entries()) {
      values.put(value(entry.key(), scope), value(entry.value(), scope));
    }
    return values;
  }

  private Object bound(@Nullable Expression expression, Scope scope) {
    return expression == null ? None.NONE : value(expression, scope);
  }

  private Object concat(Concat concat, Scope scope) {
    StringBuilder text = new StringBuilder();
    for (Expression part : concat.parts()) {
      text.append(PythonText.str(value(part, scope)));
      Limits.size(text.length());
    }
    return text.toString();
  }

  /** {@code a < b < c} is {@code a < b and b < c}. */
  private Object compared(Compared compared, Scope scope) {
    Object left = value(compared.first(), scope);
    for (Comparison comparison : compared.rest()) {
      Object right = value(comparison.with(), scope);
      if (!Tests.compared(comparison.operator(), left, right)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private Object conditional(Conditional conditional, Scope scope) {
    if (truth(conditional.test(), scope)) {
      return value(conditional.then(), scope);
    }
    Expression otherwise = conditional.otherwise();
    return otherwise == null
        ? new Undefined(
            "the inline if-expression evaluated to false and no else section was defined.")
        : value(otherwise, scope);
  }

  /** Calls with what is passed and {@code more} by name. */
  Object call(Call call, Scope scope, Map<String, Object> more) {
    Object function = value(call.function(), scope);
    Arguments arguments = arguments(call.passed(), scope, more);
    if (function instanceof Callable callable) {
      return callable.call(arguments);
    }
    throw Python.undefinedOr(
        "'" + Python.typeName(function) + "' object is not callable", function);
  }

  Arguments arguments(Passed passed, Scope scope, Map<String, Object> more) {
    if (passed.equals(Passed.NOTHING) && more.isEmpty()) {
      return Arguments.of();
    }
    List<Object> positional = values(passed.positional(), scope);
    Map<String, Object> named = new LinkedHashMap<>();
    passed.named().forEach(n -> named.put(n.name(), value(n.value(), scope)));
    if (passed.list() != null) {
      positional.addAll(Python.items(value(passed.list(), scope)));
    }
    if (passed.dict() != null && value(passed.dict(), scope) instanceof Map<?, ?> map) {
      map.forEach((name, value) -> named.put(PythonText.str(name), value));
    }
    named.putAll(more);
    return new Arguments(positional, named);
  }
}
