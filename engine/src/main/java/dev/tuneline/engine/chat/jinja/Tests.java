package dev.tuneline.engine.chat.jinja;

import java.util.List;
import java.util.Map;

/** Jinja2's tests, what stands after {@code is}. */
final class Tests {
  private Tests() {}

  static boolean test(String name, Object value, Arguments a) {
    return switch (name) {
      case "defined" -> !(value instanceof Undefined);
      case "undefined" -> value instanceof Undefined;
      case "none" -> value instanceof None;
      case "boolean" -> value instanceof Boolean;
      case "true" -> value.equals(true);
      case "false" -> value.equals(false);
      case "integer" -> value instanceof Long;
      case "float" -> value instanceof Double;
      case "number" -> Python.isNumber(value);
      case "string" -> value instanceof String;
      case "mapping" -> value instanceof Map;
      case "sequence" -> Python.isIterable(value);
      case "iterable" -> Python.isIterable(value);
      case "callable" -> value instanceof Callable;
      case "sameas" -> identical(value, a.get(0, "other"));
      case "in" -> Python.contains(a.get(0, "seq"), value);
      case "odd" -> remainder(value, 2L) == 1;
      case "even" -> remainder(value, 2L) == 0;
      case "divisibleby" -> remainder(value, a.get(0, "num")) == 0;
      case "lower" -> StringMethods.isLower(PythonText.str(value));
      case "upper" -> StringMethods.isUpper(PythonText.str(value));
      case "escaped" -> false;
      case "filter" -> Filters.NAMES.contains(PythonText.str(value));
      case "==", "eq", "equalto" -> compared("==", value, a.get(0, "other"));
      case "!=", "ne" -> compared("!=", value, a.get(0, "other"));
      case "<", "lt", "lessthan" -> compared("<", value, a.get(0, "other"));
      case "<=", "le" -> compared("<=", value, a.get(0, "other"));
      case ">", "gt", "greaterthan" -> compared(">", value, a.get(0, "other"));
      case ">=", "ge" -> compared(">=", value, a.get(0, "other"));
      default -> throw TemplateFailure.of("No test named '" + name + "'.");
    };
  }

  static boolean compared(String operator, Object a, Object b) {
    return switch (operator) {
      case "==" -> Python.same(a, b);
      case "!=" -> !Python.same(a, b);
      case "<" -> Python.compare(a, b) < 0;
      case "<=" -> Python.compare(a, b) <= 0;
      case ">" -> Python.compare(a, b) > 0;
      case ">=" -> Python.compare(a, b) >= 0;
      case "in" -> Python.contains(b, a);
      default -> !Python.contains(b, a);
    };
  }

  private static boolean identical(Object a, Object b) {
    return (a instanceof List || a instanceof Map)
        ? System.identityHashCode(a) == System.identityHashCode(b)
        : a.equals(b);
  }

  private static double remainder(Object value, Object of) {
    return Python.real(Arithmetic.binary("%", value, of));
  }
}
