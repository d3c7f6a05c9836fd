package dev.tuneline.engine.chat.jinja;

import dev.tuneline.engine.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens, as Jinja2's lexer does with trim_blocks and lstrip_blocks.
 *
 * <p>White space is decided here and nowhere else: {@code -} and {@code +} beside a delimiter, the
 * newline after a block, the blanks before one.
 */
final class Lexer {
  private static final Pattern OPENING =
      Pattern.compile("(?<raw>\\{%[-+]?\\s*raw\\s*(?:-%}\\s*|%}))|\\{(?<kind>[%{#])(?<mark>[-+]?)");
  private static final Pattern END_OF_RAW =
      Pattern.compile("\\{%(?<mark>[-+]?)\\s*endraw\\s*(?:\\+%}|-%}\\s*|%}\\n?)");
  private static final Pattern END_OF_COMMENT = Pattern.compile("\\+#}|-#}\\s*|#}\\n?");
  private static final Pattern END_OF_BLOCK = Pattern.compile("\\+%}|-%}\\s*|%}\\n?");
  private static final Pattern END_OF_VARIABLE = Pattern.compile("-}}\\s*|}}");
  private static final Pattern PIECE =
      Pattern.compile(
          "(?<space>\\s+)"
              + "|(?<float>(?<!\\.)\\d[\\d_]*(?:(?:\\.\\d[\\d_]*)?[eE][+-]?\\d[\\d_]*|\\.\\d[\\d_]*))"
              + "|(?<integer>0[bB][01_]+|0[oO][0-7_]+|0[xX][\\da-fA-F_]+|\\d[\\d_]*)"
              + "|(?<name>[\\w&&[^\\d]]\\w*)"
              + "|(?<string>'(?:[^'\\\\]|\\\\.)*+'|\"(?:[^\"\\\\]|\\\\.)*+\")"
              + "|(?<operator>//|\\*\\*|==|!=|>=|<=|[-+/*%~\\[\\](){}><=.:|,;])",
          Pattern.DOTALL | Pattern.UNICODE_CHARACTER_CLASS);

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private int counted;
  private boolean lineStarts = true;

  private Lexer(String source) {
    this.source = source;
  }

  static List<Token> tokens(String template) {
    // Jinja knows one kind of newline and drops one at the end of a template.
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    return new Lexer(source.endsWith("\n") ? source.substring(0, source.length() - 1) : source)
        .cut();
  }

  private List<Token> cut() {
    Matcher opening = OPENING.matcher(source);
    while (opening.find(at)) {
      boolean raw = opening.group("raw") != null;
      char kind = raw ? '%' : opening.group("kind").charAt(0);
      String mark =
          raw ? source.substring(opening.start() + 2, opening.start() + 3) : opening.group("mark");
      data(source.substring(at, opening.start()), mark, kind != '{');
      int begin = opening.start();
      at = opening.end();
      lineStarts = false;
      if (raw) {
        raw(begin);
      } else {
        switch (kind) {
          case '#' -> comment(begin);
          case '%' -> tag(begin, Kind.BLOCK_BEGIN, Kind.BLOCK_END, END_OF_BLOCK);
          default -> tag(begin, Kind.VARIABLE_BEGIN, Kind.VARIABLE_END, END_OF_VARIABLE);
        }
      }
      lineStarts = source.charAt(at - 1) == '\n';
    }
    data(source.substring(at), "+", false);
    at = source.length();
    add(Kind.END, "", at);
    return tokens;
  }

  /** Text before a tag, without the white space that the tag takes away. */
  private void data(String text, String mark, boolean block) {
    String kept = text;
    if (mark.equals("-")) {
      kept = PythonText.strip(text, false, true);
    } else if (block && !mark.equals("+")) {
      int start = text.lastIndexOf('\n') + 1;
      if ((start > 0 || lineStarts) && PythonText.strip(text.substring(start)).isEmpty()) {
        kept = text.substring(0, start);
      }
    }
    if (!kept.isEmpty()) {
      add(Kind.DATA, kept, at);
    }
  }

  private void raw(int begin) {
    Matcher end = END_OF_RAW.matcher(source);
    if (!end.find(at)) {
      throw TemplateFailure.at(lineAt(begin), "missing end of raw directive");
    }
    data(source.substring(at, end.start()), end.group("mark"), true);
    at = end.end();
  }

  private void comment(int begin) {
    Matcher end = END_OF_COMMENT.matcher(source);
    if (!end.find(at)) {
      throw TemplateFailure.at(lineAt(begin), "missing end of comment tag");
    }
    at = end.end();
  }

  private void tag(int begin, Kind opens, Kind closes, Pattern closing) {
    add(opens, "", begin);
    Matcher end = closing.matcher(source);
    Matcher piece = PIECE.matcher(source);
    int depth = 0;
    while (true) {
      if (depth == 0 && end.region(at, source.length()).lookingAt()) {
        add(closes, "", at);
        at = end.end();
        return;
      }
      // Transparent, so that a number after a dot is seen to be an index.
      if (!piece.region(at, source.length()).useTransparentBounds(true).lookingAt()) {
        throw TemplateFailure.at(
            lineAt(begin),
            at == source.length()
                ? "a tag is not closed"
                : "unexpected character '" + Character.toString(source.codePointAt(at)) + "'");
      }
      depth += piece(piece);
      at = piece.end();
    }
  }

  /** Adds a token of an expression; returns by how much brackets are now deeper. */
  private int piece(Matcher piece) {
    if (piece.group("space") != null) {
      return 0;
    }
    String text = piece.group();
    if (piece.group("string") != null) {
      add(Kind.STRING, PythonText.unescaped(text.substring(1, text.length() - 1)), at);
    } else if (piece.group("float") != null) {
      add(Kind.FLOAT, text.replace("_", ""), at);
    } else if (piece.group("integer") != null) {
      add(Kind.INTEGER, text.replace("_", ""), at);
    } else if (piece.group("name") != null) {
      add(Kind.NAME, text, at);
    } else {
      add(Kind.OPERATOR, text, at);
      return "([{".contains(text) ? 1 : ")]}".contains(text) ? -1 : 0;
    }
    return 0;
  }

  private void add(Kind kind, String text, int position) {
    tokens.add(new Token(kind, text, lineAt(position)));
  }

  private int lineAt(int position) {
    for (; counted < position; counted++) {
      if (source.charAt(counted) == '\n') {
        line++;
      }
    }
    return line;
  }
}
