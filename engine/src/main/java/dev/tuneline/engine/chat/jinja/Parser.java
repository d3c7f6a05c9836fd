package dev.tuneline.engine.chat.jinja;

import dev.tuneline.engine.chat.jinja.Expression.Call;
import dev.tuneline.engine.chat.jinja.Expression.Passed;
import dev.tuneline.engine.chat.jinja.Statement.Assign;
import dev.tuneline.engine.chat.jinja.Statement.AssignBlock;
import dev.tuneline.engine.chat.jinja.Statement.CallBlock;
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
import dev.tuneline.engine.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a template's statements. */
final class Parser {
  private static final Set<String> IMPLICIT = Set.of("varargs", "kwargs", "caller");

  private final TokenStream tokens;
  private final ExpressionParser expressions;
  private int loops;

  private Parser(List<Token> tokens) {
    this.tokens = new TokenStream(tokens);
    this.expressions = new ExpressionParser(this.tokens);
  }

  static List<Statement> parse(String source) {
    Parser parser = new Parser(Lexer.tokens(source));
    List<Statement> body = parser.statements(Set.of());
    if (parser.tokens.current().kind() != Kind.END) {
      throw parser.tokens.unexpected("a statement");
    }
    return body;
  }

  /** Statements up to the end, or to a tag that begins with one of {@code ends}. */
  private List<Statement> statements(Set<String> ends) {
    List<Statement> body = new ArrayList<>();
    while (true) {
      Token token = tokens.current();
      switch (token.kind()) {
        case DATA -> body.add(new Text(tokens.next().text()));
        case VARIABLE_BEGIN -> {
          tokens.next();
          body.add(new Output(token.line(), expressions.tuple()));
          tokens.expect(Kind.VARIABLE_END, "end of print statement");
        }
        case BLOCK_BEGIN -> {
          if (tokens.following().isName(ends)) {
            tokens.next();
            return body;
          }
          tokens.next();
          statement(body);
        }
        default -> {
          if (!ends.isEmpty()) {
            throw tokens.unexpected("one of the tags " + ends.stream().sorted().toList());
          }
          return body;
        }
      }
    }
  }

  private void statement(List<Statement> body) {
    int line = tokens.current().line();
    String tag = tokens.expectName();
    switch (tag) {
      case "if" -> body.add(branches(line));
      case "for" -> body.add(loop(line));
      case "set" -> body.add(assignment(line));
      case "macro" -> body.add(macro(line));
      case "call" -> body.add(call(line));
      case "filter" -> body.add(new FilterBlock(line, filters(), block("endfilter")));
      case "with" -> body.add(with(line));
      case "generation" -> body.addAll(block("endgeneration"));
      case "break", "continue" -> {
        if (loops == 0) {
          throw TemplateFailure.at(line, "'" + tag + "' outside loop");
        }
        body.add(tag.equals("break") ? new Statement.Break() : new Statement.Continue());
        endOfTag();
      }
      default -> throw TemplateFailure.at(line, "the tag '" + tag + "' is not known");
    }
  }

  private void endOfTag() {
    tokens.expect(Kind.BLOCK_END, "end of statement block");
  }

  /** The body of a tag, from the tag's end to after the tag that closes it. */
  private List<Statement> block(String end) {
    List<Statement> body = body(Set.of(end));
    tokens.expectName(end);
    endOfTag();
    return body;
  }

  /** The body of a tag up to one of {@code ends}, which is then current. */
  private List<Statement> body(Set<String> ends) {
    tokens.skipOperator(":");
    endOfTag();
    return statements(ends);
  }

  private If branches(int line) {
    Expression test = expressions.unconditionalTuple();
    List<Statement> then = body(Set.of("elif", "else", "endif"));
    int next = tokens.current().line();
    return switch (tokens.next().text()) {
      case "elif" -> new If(line, test, then, List.of(branches(next)));
      case "else" -> new If(line, test, then, block("endif"));
      default -> {
        endOfTag();
        yield new If(line, test, then, List.of());
      }
    };
  }

  private For loop(int line) {
    Target target = target(false);
    tokens.expectName("in");
    Expression over = expressions.unconditionalTuple();
    @Nullable Expression test = tokens.skipName("if") ? expressions.expression() : null;
    boolean recursive = tokens.skipName("recursive");
    loops++;
    List<Statement> body = body(Set.of("else", "endfor"));
    loops--;
    List<Statement> otherwise = List.of();
    if (tokens.skipName("else")) {
      otherwise = block("endfor");
    } else {
      tokens.expectName("endfor");
      endOfTag();
    }
    return new For(line, target, over, test, recursive, body, otherwise);
  }

  private Statement assignment(int line) {
    Target target = target(true);
    if (tokens.skipOperator("=")) {
      Expression value = expressions.tuple();
      endOfTag();
      return new Assign(line, target, value);
    }
    List<Filter> filters = tokens.skipOperator("|") ? filters() : List.of();
    return new AssignBlock(line, target, filters, block("endset"));
  }

  private MacroDefinition macro(int line) {
    String name = tokens.expectName();
    int from = tokens.position();
    List<Parameter> parameters = parameters();
    List<Statement> body = outsideLoops("endmacro");
    return new MacroDefinition(line, name, signature(parameters, from), body);
  }

  private CallBlock call(int line) {
    int from = tokens.position();
    List<Parameter> parameters = tokens.current().isOperator("(") ? parameters() : List.of();
    if (!(expressions.expression() instanceof Call call)) {
      throw TemplateFailure.at(line, "expected call");
    }
    List<Statement> body = outsideLoops("endcall");
    return new CallBlock(line, call, signature(parameters, from), body);
  }

  private List<Statement> outsideLoops(String end) {
    int around = loops;
    loops = 0;
    List<Statement> body = block(end);
    loops = around;
    return body;
  }

  private Signature signature(List<Parameter> parameters, int from) {
    return new Signature(parameters, tokens.mentioned(IMPLICIT, from));
  }

  private List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    tokens.expectOperator("(");
    while (!tokens.skipOperator(")")) {
      if (!parameters.isEmpty()) {
        tokens.expectOperator(",");
      }
      String name = tokens.expectName();
      @Nullable Expression otherwise = tokens.skipOperator("=") ? expressions.expression() : null;
      if (otherwise == null && !parameters.isEmpty() && parameters.getLast().otherwise() != null) {
        throw tokens.unexpected("a default, as the argument before has one");
      }
      parameters.add(new Parameter(name, otherwise));
    }
    return parameters;
  }

  /** One or more filters, the bar before the first one skipped. */
  private List<Filter> filters() {
    List<Filter> filters = new ArrayList<>();
    do {
      String name = expressions.dotted();
      filters.add(
          new Filter(
              name, tokens.current().isOperator("(") ? expressions.passed() : Passed.NOTHING));
    } while (tokens.skipOperator("|"));
    return filters;
  }

  private With with(int line) {
    List<Target> targets = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (tokens.current().kind() != Kind.BLOCK_END) {
      if (!targets.isEmpty()) {
        tokens.expectOperator(",");
      }
      targets.add(target(false));
      tokens.expectOperator("=");
      values.add(expressions.expression());
    }
    return new With(line, targets, values, block("endwith"));
  }

  private Target target(boolean members) {
    List<Target> targets = new ArrayList<>();
    boolean several = false;
    do {
      targets.add(single(members));
      if (!tokens.skipOperator(",")) {
        break;
      }
      several = true;
    } while (tokens.current().isOperator("(")
        || (tokens.current().kind() == Kind.NAME && !tokens.current().isName("in")));
    return several ? new Target.Several(targets) : targets.getFirst();
  }

  private Target single(boolean members) {
    if (tokens.skipOperator("(")) {
      Target inner = target(members);
      tokens.expectOperator(")");
      return inner;
    }
    Token name = tokens.expect(Kind.NAME, "a name");
    if (Set.of("true", "false", "none", "True", "False", "None").contains(name.text())) {
      throw TemplateFailure.at(name.line(), "can't assign to '" + name.text() + "'");
    }
    if (members && tokens.skipOperator(".")) {
      return new Target.Member(name.text(), tokens.expectName());
    }
    return new Target.Variable(name.text());
  }
}
