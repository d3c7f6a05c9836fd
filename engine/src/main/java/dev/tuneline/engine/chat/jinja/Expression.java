package dev.tuneline.engine.chat.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has a value. */
sealed interface Expression {
  record Literal(Object value) implements Expression {}

  record Name(String name) implements Expression {}

  record ListOf(List<Expression> items) implements Expression {}

  record TupleOf(List<Expression> items) implements Expression {}

  record DictOf(List<Entry> entries) implements Expression {}

  record Entry(Expression key, Expression value) {}

  record Attribute(Expression of, String name) implements Expression {}

  record Item(Expression of, Expression key) implements Expression {}

  record Slice(
      Expression of,
      @Nullable Expression start,
      @Nullable Expression stop,
      @Nullable Expression step)
      implements Expression {}

  record Call(Expression function, Passed passed) implements Expression {}

  record Filtered(Expression of, String filter, Passed passed) implements Expression {}

  record Tested(Expression of, String test, Passed passed) implements Expression {}

  record Not(Expression of) implements Expression {}

  record Signed(String sign, Expression of) implements Expression {}

  record And(Expression left, Expression right) implements Expression {}

  record Or(Expression left, Expression right) implements Expression {}

  record Binary(String operator, Expression left, Expression right) implements Expression {}

  record Concat(List<Expression> parts) implements Expression {}

  record Compared(Expression first, List<Comparison> rest) implements Expression {}

  /** {@code not in} is one operator. */
  record Comparison(String operator, Expression with) {}

  record Conditional(Expression test, Expression then, @Nullable Expression otherwise)
      implements Expression {}

  /** What a call passes; {@code *list} and {@code **dict} are null where there are none. */
  record Passed(
      List<Expression> positional,
      List<Named> named,
      @Nullable Expression list,
      @Nullable Expression dict) {
    static final Passed NOTHING = new Passed(List.of(), List.of(), null, null);
  }

  record Named(String name, Expression value) {}
}
