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
import dev.tuneline.engine.chat.jinja.Expression.Entry;
import dev.tuneline.engine.chat.jinja.Expression.Filtered;
import dev.tuneline.engine.chat.jinja.Expression.Item;
import dev.tuneline.engine.chat.jinja.Expression.ListOf;
import dev.tuneline.engine.chat.jinja.Expression.Literal;
import dev.tuneline.engine.chat.jinja.Expression.Name;
import dev.tuneline.engine.chat.jinja.Expression.Named;
import dev.tuneline.engine.chat.jinja.Expression.Not;
import dev.tuneline.engine.chat.jinja.Expression.Or;
import dev.tuneline.engine.chat.jinja.Expression.Passed;
import dev.tuneline.engine.chat.jinja.Expression.Signed;
import dev.tuneline.engine.chat.jinja.Expression.Slice;
import dev.tuneline.engine.chat.jinja.Expression.Tested;
import dev.tuneline.engine.chat.jinja.Expression.TupleOf;
import dev.tuneline.engine.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads expressions by Jinja2's grammar, which differs from Python's in its precedences. */
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> PRODUCTS = Set.of("*", "/", "//", "%");
  private static final Set<String> AFTER_A_TEST = Set.of("else", "or", "and");

  private final TokenStream tokens;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
  }

  Expression expression() {
    Expression value = or();
    while (tokens.skipName("if")) {
      Expression test = or();
      value = new Conditional(test, value, tokens.skipName("else") ? expression() : null);
    }
    return value;
  }

  /** An expression, or several with commas between them. */
  Expression tuple() {
    return tuple(this::expression, false);
  }

  /** As {@link #tuple()}, but an {@code if} ends it. */
  Expression unconditionalTuple() {
    return tuple(this::or, false);
  }

  private Expression tuple(Supplier<Expression> item, boolean bracketed) {
    List<Expression> items = new ArrayList<>();
    boolean several = false;
    while (!endsTuple()) {
      items.add(item.get());
      if (!tokens.skipOperator(",")) {
        break;
      }
      several = true;
    }
    if (items.isEmpty() && !bracketed) {
      throw tokens.unexpected("an expression");
    }
    return several || items.isEmpty() ? new TupleOf(items) : items.getFirst();
  }

  private boolean endsTuple() {
    Kind kind = tokens.current().kind();
    return kind == Kind.BLOCK_END
        || kind == Kind.VARIABLE_END
        || tokens.current().isOperator(")")
        || tokens.current().isName("recursive");
  }

  private Expression or() {
    Expression left = and();
    while (tokens.skipName("or")) {
      left = new Or(left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (tokens.skipName("and")) {
      left = new And(left, not());
    }
    return left;
  }

  private Expression not() {
    int negations = 0;
    while (tokens.skipName("not")) {
      negations++;
    }
    Expression value = compared();
    for (; negations > 0; negations--) {
      value = new Not(value);
    }
    return value;
  }

  private Expression compared() {
    Expression first = sum();
    List<Comparison> rest = new ArrayList<>();
    while (true) {
      Token token = tokens.current();
      if (token.kind() == Kind.OPERATOR && COMPARISONS.contains(token.text())) {
        tokens.next();
        rest.add(new Comparison(token.text(), sum()));
      } else if (tokens.skipName("in")) {
        rest.add(new Comparison("in", sum()));
      } else if (token.isName("not") && tokens.following().isName("in")) {
        tokens.next();
        tokens.next();
        rest.add(new Comparison("not in", sum()));
      } else {
        return rest.isEmpty() ? first : new Compared(first, rest);
      }
    }
  }

  private Expression sum() {
    Expression left = concat();
    while (tokens.current().isOperator("+") || tokens.current().isOperator("-")) {
      left = new Binary(tokens.next().text(), left, concat());
    }
    return left;
  }

  private Expression concat() {
    Expression first = product();
    if (!tokens.current().isOperator("~")) {
      return first;
    }
    List<Expression> parts = new ArrayList<>(List.of(first));
    while (tokens.skipOperator("~")) {
      parts.add(product());
    }
    return new Concat(parts);
  }

  private Expression product() {
    Expression left = power();
    while (tokens.current().kind() == Kind.OPERATOR && PRODUCTS.contains(tokens.current().text())) {
      left = new Binary(tokens.next().text(), left, power());
    }
    return left;
  }

  private Expression power() {
    Expression left = unary(true);
    while (tokens.skipOperator("**")) {
      left = new Binary("**", left, unary(true));
    }
    return left;
  }

  private Expression unary(boolean filtered) {
    Expression value;
    if (tokens.current().isOperator("-") || tokens.current().isOperator("+")) {
      value = new Signed(tokens.next().text(), unary(false));
    } else {
      value = primary();
    }
    value = postfix(value);
    return filtered ? filtered(value) : value;
  }

  private Expression primary() {
    Token token = tokens.next();
    return switch (token.kind()) {
      case NAME ->
          switch (token.text()) {
            case "true", "True" -> new Literal(true);
            case "false", "False" -> new Literal(false);
            case "none", "None" -> new Literal(None.NONE);
            default -> new Name(token.text());
          };
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (tokens.current().kind() == Kind.STRING) {
          text.append(tokens.next().text());
        }
        yield new Literal(text.toString());
      }
      case INTEGER -> new Literal(PythonText.integer(token.text()));
      case FLOAT -> new Literal(Double.parseDouble(token.text()));
      case OPERATOR -> bracketed(token);
      case DATA, BLOCK_BEGIN, BLOCK_END, VARIABLE_BEGIN, VARIABLE_END, END ->
          throw TemplateFailure.at(token.line(), "unexpected " + token.described());
    };
  }

  private Expression bracketed(Token opening) {
    return switch (opening.text()) {
      case "(" -> {
        Expression inner = tuple(this::expression, true);
        tokens.expectOperator(")");
        yield inner;
      }
      case "[" -> list();
      case "{" -> dict();
      default -> throw TemplateFailure.at(opening.line(), "unexpected " + opening.described());
    };
  }

  private ListOf list() {
    List<Expression> items = new ArrayList<>();
    while (!tokens.skipOperator("]")) {
      items.add(expression());
      separator("]");
    }
    return new ListOf(items);
  }

  private DictOf dict() {
    List<Entry> entries = new ArrayList<>();
    while (!tokens.skipOperator("}")) {
      Expression key = expression();
      tokens.expectOperator(":");
      entries.add(new Entry(key, expression()));
      separator("}");
    }
    return new DictOf(entries);
  }

  /** A comma, or the bracket that closes (which stays). */
  private void separator(String closing) {
    if (!tokens.current().isOperator(closing)) {
      tokens.expectOperator(",");
    }
  }

  private Expression postfix(Expression value) {
    Expression of = value;
    while (true) {
      if (tokens.skipOperator(".")) {
        Token name = tokens.next();
        of =
            switch (name.kind()) {
              case NAME -> new Attribute(of, name.text());
              case INTEGER -> new Item(of, new Literal(PythonText.integer(name.text())));
              default -> throw TemplateFailure.at(name.line(), "expected name or number");
            };
      } else if (tokens.skipOperator("[")) {
        of = subscript(of);
      } else if (tokens.current().isOperator("(")) {
        of = new Call(of, passed());
      } else {
        return of;
      }
    }
  }

  private Expression subscript(Expression of) {
    @Nullable Expression start = tokens.current().isOperator(":") ? null : tuple();
    Expression value;
    if (tokens.skipOperator(":")) {
      @Nullable Expression stop = bound();
      value = new Slice(of, start, stop, tokens.skipOperator(":") ? bound() : null);
    } else if (start == null) {
      throw tokens.unexpected("an expression");
    } else {
      value = new Item(of, start);
    }
    tokens.expectOperator("]");
    return value;
  }

  private @Nullable Expression bound() {
    boolean absent = tokens.current().isOperator(":") || tokens.current().isOperator("]");
    return absent ? null : expression();
  }

  private Expression filtered(Expression value) {
    Expression of = value;
    while (true) {
      if (tokens.skipOperator("|")) {
        String name = dotted();
        of = new Filtered(of, name, tokens.current().isOperator("(") ? passed() : Passed.NOTHING);
      } else if (tokens.skipName("is")) {
        of = tested(of);
      } else if (tokens.current().isOperator("(")) {
        of = new Call(of, passed());
      } else {
        return of;
      }
    }
  }

  /** The name of a filter or a test. */
  String dotted() {
    StringBuilder name = new StringBuilder(tokens.expectName());
    while (tokens.skipOperator(".")) {
      name.append('.').append(tokens.expectName());
    }
    return name.toString();
  }

  private Expression tested(Expression of) {
    boolean negated = tokens.skipName("not");
    String name = dotted();
    Token token = tokens.current();
    Passed passed = Passed.NOTHING;
    if (token.isOperator("(")) {
      passed = passed();
    } else if (takesArgument(token)) {
      if (token.isName("is")) {
        throw TemplateFailure.at(token.line(), "tests with is cannot be chained");
      }
      passed = new Passed(List.of(postfix(primary())), List.of(), null, null);
    }
    Expression test = new Tested(of, name, passed);
    return negated ? new Not(test) : test;
  }

  private static boolean takesArgument(Token token) {
    return switch (token.kind()) {
      case NAME -> !AFTER_A_TEST.contains(token.text()) && !token.text().equals("if");
      case STRING, INTEGER, FLOAT -> true;
      case OPERATOR -> token.text().equals("[") || token.text().equals("{");
      case DATA, BLOCK_BEGIN, BLOCK_END, VARIABLE_BEGIN, VARIABLE_END, END -> false;
    };
  }

  /** What stands in a call's brackets, with them. */
  Passed passed() {
    tokens.expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    List<Named> named = new ArrayList<>();
    @Nullable Expression list = null;
    @Nullable Expression dict = null;
    while (!tokens.skipOperator(")")) {
      if (tokens.skipOperator("**")) {
        dict = expression();
      } else if (tokens.skipOperator("*")) {
        list = expression();
      } else if (tokens.current().kind() == Kind.NAME && tokens.following().isOperator("=")) {
        String name = tokens.expectName();
        tokens.next();
        named.add(new Named(name, expression()));
      } else if (named.isEmpty() && dict == null) {
        positional.add(expression());
      } else {
        throw tokens.unexpected("a named argument");
      }
      separator(")");
    }
    return new Passed(positional, named, list, dict);
  }
}
