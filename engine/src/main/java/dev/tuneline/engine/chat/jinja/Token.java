package dev.tuneline.engine.chat.jinja;

import java.util.Set;

/**
 * A piece of a template.
 *
 * @param text a string's value with its escapes resolved, otherwise the text itself
 * @param line where it starts, from 1
 */
record Token(Kind kind, String text, int line) {
  enum Kind {
    DATA,
    BLOCK_BEGIN,
    BLOCK_END,
    VARIABLE_BEGIN,
    VARIABLE_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  boolean isName(String name) {
    return kind == Kind.NAME && text.equals(name);
  }

  boolean isName(Set<String> names) {
    return kind == Kind.NAME && names.contains(text);
  }

  boolean isOperator(String operator) {
    return kind == Kind.OPERATOR && text.equals(operator);
  }

  String described() {
    return switch (kind) {
      case END -> "end of template";
      case BLOCK_END -> "end of statement block";
      case VARIABLE_END -> "end of print statement";
      case DATA, BLOCK_BEGIN, VARIABLE_BEGIN -> "template text";
      case NAME, STRING, INTEGER, FLOAT, OPERATOR -> "'" + text + "'";
    };
  }
}
