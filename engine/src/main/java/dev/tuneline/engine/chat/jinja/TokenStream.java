package dev.tuneline.engine.chat.jinja;

import dev.tuneline.engine.chat.jinja.Token.Kind;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A place in a template's tokens. */
final class TokenStream {
  private final List<Token> tokens;
  private int at;

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(at);
  }

  Token following() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  Token next() {
    Token token = current();
    at = Math.min(at + 1, tokens.size() - 1);
    return token;
  }

  int position() {
    return at;
  }

  /** Which of {@code names} stand between {@code from} and here. */
  Set<String> mentioned(Set<String> names, int from) {
    Set<String> found = new HashSet<>();
    for (Token token : tokens.subList(from, at)) {
      if (token.isName(names)) {
        found.add(token.text());
      }
    }
    return found;
  }

  boolean skipName(String name) {
    return skipIf(current().isName(name));
  }

  boolean skipOperator(String operator) {
    return skipIf(current().isOperator(operator));
  }

  private boolean skipIf(boolean met) {
    if (met) {
      next();
    }
    return met;
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  /** Any name. */
  String expectName() {
    return expect(Kind.NAME, "a name").text();
  }

  Token expect(Kind kind, String what) {
    if (current().kind() != kind) {
      throw unexpected(what);
    }
    return next();
  }

  TemplateFailure unexpected(String expected) {
    return TemplateFailure.at(
        current().line(), "expected " + expected + ", got " + current().described());
  }
}
