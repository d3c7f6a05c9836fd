package dev.tuneline.engine.chat;

import dev.tuneline.engine.chat.ExampleEncoder.TrainedTurns;
import dev.tuneline.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a model sees of an example, with what the cutoff takes away.
 *
 * @param rendered the exact text
 * @param tokens all of its tokens, those that are cut at the end
 */
public record ExampleView(String rendered, List<Token> tokens) {
  /**
   * One token.
   *
   * @param trained whether it carries loss; not when it is cut
   * @param cut whether it does not fit
   * @param beginsPiece whether a further piece of a plain text begins here
   */
  public record Token(int id, boolean trained, boolean cut, boolean beginsPiece) {}

  public ExampleView {
    tokens = List.copyOf(tokens);
  }

  /** A conversation of which the last answer is trained, cut at {@code cutoff} tokens. */
  public static ExampleView conversation(
      List<ChatMessage> messages, Tokenizer tokenizer, ChatTemplate template, int cutoff) {
    EncodedExample whole =
        new ExampleEncoder(tokenizer, template, Integer.MAX_VALUE)
            .conversation(messages, TrainedTurns.LAST);
    List<Token> tokens = new ArrayList<>();
    for (int i = 0; i < whole.length(); i++) {
      boolean trained = i < cutoff && whole.labels()[i] != EncodedExample.IGNORED;
      tokens.add(new Token(whole.inputIds()[i], trained, i >= cutoff, false));
    }
    return new ExampleView(template.render(messages, false), tokens);
  }

  /** A plain text, divided into pieces of {@code cutoff} tokens. */
  public static ExampleView text(
      String text, Tokenizer tokenizer, ChatTemplate template, int cutoff) {
    List<Token> tokens = new ArrayList<>();
    for (EncodedExample piece : new ExampleEncoder(tokenizer, template, cutoff).pieces(text)) {
      for (int i = 0; i < piece.length(); i++) {
        tokens.add(new Token(piece.inputIds()[i], true, false, i == 0 && !tokens.isEmpty()));
      }
    }
    return new ExampleView(text, tokens);
  }

  /** How many tokens carry loss. */
  public long trainedTokens() {
    return tokens.stream().filter(Token::trained).count();
  }

  /** How many tokens do not fit. */
  public int cutTokens() {
    return (int) tokens.stream().filter(Token::cut).count();
  }

  /** How many examples it becomes: one, or a long text's pieces. */
  public int pieces() {
    return 1 + (int) tokens.stream().filter(Token::beginsPiece).count();
  }
}
