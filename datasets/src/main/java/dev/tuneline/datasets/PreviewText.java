package dev.tuneline.datasets;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.engine.chat.ExampleView;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.platform.examples.Example.Message;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes previews for people: in colours, or with a word before each part. */
final class PreviewText {
  /** What becomes of a part of an example. */
  private enum Part {
    READ("read   ", "\u001B[2m"),
    TRAINED("trained", "\u001B[32m"),
    CUT("cut    ", "\u001B[31;9m");

    private final String word;
    private final String colour;

    Part(String word, String colour) {
      this.word = word;
      this.colour = colour;
    }

    static Part of(ExampleView.Token token) {
      return token.cut() ? CUT : token.trained() ? TRAINED : READ;
    }
  }

  private static final String PLAIN = "\u001B[0m";

  private final PrintStream out;
  private final boolean coloured;

  PreviewText(PrintStream out, boolean coloured) {
    this.out = out;
    this.coloured = coloured;
  }

  /** A row that becomes no example. */
  void rejected(Finding found, Finding.Rejection rejection) {
    out.printf(
        "row %d (line %d) is rejected: %s%s: %s%n%n",
        found.index() + 1,
        found.line(),
        rejection.reason(),
        rejection.column().isEmpty() ? "" : " in column " + rejection.column(),
        rejection.message());
  }

  /** A row without a model: its messages. */
  void messages(Finding found) {
    out.printf("row %d (line %d)%n", found.index() + 1, found.line());
    for (Message message : found.messages()) {
      lines(message.role(), message.content());
    }
    out.println();
  }

  /** A row as a model sees it. */
  void view(Finding found, ExampleView view, Tokenizer tokenizer) {
    int kept = view.tokens().size() - view.cutTokens();
    out.printf(
        "row %d (line %d): %d tokens, %d trained, %d cut%s%n",
        found.index() + 1,
        found.line(),
        kept,
        view.trainedTokens(),
        view.cutTokens(),
        view.pieces() > 1 ? ", in " + view.pieces() + " pieces" : "");
    List<ExampleView.Token> tokens = view.tokens();
    int from = 0;
    for (int i = 1; i <= tokens.size(); i++) {
      boolean ends =
          i == tokens.size()
              || tokens.get(i).beginsPiece()
              || Part.of(tokens.get(i)) != Part.of(tokens.get(from));
      if (ends) {
        part(Part.of(tokens.get(from)), text(tokens.subList(from, i), tokenizer));
        from = i;
        if (i < tokens.size() && tokens.get(i).beginsPiece()) {
          out.println(coloured ? "\n----" : "----");
        }
      }
    }
    out.println(coloured ? "\n" : "");
  }

  private void part(Part part, String text) {
    if (coloured) {
      out.print(part.colour + text + PLAIN);
    } else {
      lines(part.word, text);
    }
  }

  private void lines(String word, String text) {
    @Nullable String before = word;
    for (String line : text.split("\n", -1)) {
      out.println("  " + (before == null ? " ".repeat(word.length()) : before) + " | " + line);
      before = null;
    }
  }

  private static String text(List<ExampleView.Token> tokens, Tokenizer tokenizer) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    tokens.forEach(token -> bytes.writeBytes(tokenizer.tokenBytes(token.id())));
    return bytes.toString(UTF_8);
  }
}
