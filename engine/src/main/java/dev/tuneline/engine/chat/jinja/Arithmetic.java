package dev.tuneline.engine.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** Python's operators on numbers, texts and lists. */
final class Arithmetic {
  private Arithmetic() {}

  static Object binary(String operator, Object a, Object b) {
    try {
      if (Python.isNumber(a) && Python.isNumber(b)) {
        return a instanceof Double || b instanceof Double
            ? reals(operator, Python.real(a), Python.real(b))
            : wholes(operator, Python.whole(a), Python.whole(b));
      }
    } catch (ArithmeticException e) {
      throw TemplateFailure.of("integer division by zero, or a number that is too large");
    }
    if (operator.equals("+") && a instanceof String s && b instanceof String t) {
      return Limits.joined(s, t);
    }
    if (operator.equals("+")
        && a instanceof List<?> list
        && b instanceof List<?> other
        && list instanceof Tuple == other instanceof Tuple) {
      List<Object> both = new ArrayList<>(list);
      both.addAll(Limits.checked(other, list.size()));
      return a instanceof Tuple ? new Tuple(both) : both;
    }
    if (operator.equals("*") && isCount(b) && (a instanceof String || a instanceof List)) {
      return repeated(a, Python.whole(b));
    }
    if (operator.equals("*") && isCount(a) && (b instanceof String || b instanceof List)) {
      return repeated(b, Python.whole(a));
    }
    if (operator.equals("%") && a instanceof String format) {
      return Formatting.percent(format, b instanceof Tuple tuple ? tuple : List.of(b));
    }
    if (operator.equals("+") && a instanceof String) {
      throw Python.undefinedOr(
          "can only concatenate str (not \"" + Python.typeName(b) + "\") to str", b);
    }
    throw Python.undefinedOr(
        "unsupported operand types for "
            + operator
            + ": '"
            + Python.typeName(a)
            + "' and '"
            + Python.typeName(b)
            + "'",
        a,
        b);
  }

  static Object signed(String sign, Object value) {
    if (!Python.isNumber(value)) {
      throw Python.undefinedOr(
          "bad operand type for unary " + sign + ": '" + Python.typeName(value) + "'", value);
    }
    boolean negative = sign.equals("-");
    if (value instanceof Double d) {
      return negative ? -d : d;
    }
    return negative ? -Python.whole(value) : Python.whole(value);
  }

  private static boolean isCount(Object value) {
    return value instanceof Long || value instanceof Boolean;
  }

  private static Object repeated(Object of, long given) {
    long times = Math.max(0, given);
    if (of instanceof String text) {
      return text.repeat(Limits.times(text.length(), times));
    }
    List<?> list = (List<?>) of;
    List<Object> many = new ArrayList<>();
    for (int i = Limits.times(list.size(), times); i > 0; i--) {
      many.addAll(list);
    }
    return of instanceof Tuple ? new Tuple(many) : many;
  }

  private static Object wholes(String operator, long a, long b) {
    return switch (operator) {
      case "+" -> Math.addExact(a, b);
      case "-" -> Math.subtractExact(a, b);
      case "*" -> Math.multiplyExact(a, b);
      case "//" -> Math.floorDiv(a, b);
      case "%" -> Math.floorMod(a, b);
      case "/" -> reals("/", (double) a, (double) b);
      default -> b < 0 ? (Object) Math.pow((double) a, (double) b) : power(a, b);
    };
  }

  private static Object power(long base, long exponent) {
    long result = 1;
    if (base == 0 || base == 1) {
      return exponent == 0 ? 1L : base;
    }
    for (long i = 0; i < exponent; i++) {
      result = Math.multiplyExact(result, base);
      if (base == -1) {
        return exponent % 2 == 0 ? 1L : -1L;
      }
    }
    return result;
  }

  private static Object reals(String operator, double a, double b) {
    if (b == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
      throw TemplateFailure.of("division by zero");
    }
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "/" -> a / b;
      case "//" -> Math.floor(a / b);
      case "%" -> a - b * Math.floor(a / b);
      default -> Math.pow(a, b);
    };
  }
}
