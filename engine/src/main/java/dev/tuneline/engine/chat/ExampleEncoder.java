package dev.tuneline.engine.chat;

import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns conversations, pairs and plain texts into ids and labels.
 *
 * <p>Only what the assistant says is trained, with the token that ends its turn; all else is {@link
 * EncodedExample#IGNORED}, before and after truncation. Prompt and answer are encoded apart, so
 * that no token crosses their border. Truncation keeps the first {@code maxTokens}. For any number
 * of threads.
 */
public final class ExampleEncoder {
  /** Which of the assistant's turns carry loss. */
  public enum TrainedTurns {
    ALL,
    LAST
  }

  private final Tokenizer tokenizer;
  private final ChatTemplate template;
  private final int maxTokens;

  /** An encoder for one base model; {@code maxTokens} bounds every example. */
  public ExampleEncoder(Tokenizer tokenizer, ChatTemplate template, int maxTokens) {
    if (maxTokens < 1) {
      throw new IllegalArgumentException("maxTokens must be positive: " + maxTokens);
    }
    this.tokenizer = tokenizer;
    this.template = template;
    this.maxTokens = maxTokens;
  }

  /**
   * A conversation by the model's template.
   *
   * <p>Where the template writes nothing that ends the last answer, the end-of-text token is
   * appended and trained. A conversation without an assistant turn has no trained token: see {@link
   * EncodedExample#trainedTokens()}. Fails with TEMPLATE_NOT_INCREMENTAL when the template rewrites
   * earlier turns, since then no part of the text is known to be the answer.
   */
  public EncodedExample conversation(List<ChatMessage> messages, TrainedTurns trained) {
    TokenLine line = new TokenLine();
    int lastAnswer = lastAnswer(messages);
    String done = "";
    String shown = "";
    for (int i = 0; i <= lastAnswer; i++) {
      if (!messages.get(i).isAssistant()) {
        continue;
      }
      String prompt = extend(done, template.render(messages.subList(0, i), true));
      shown = template.render(messages.subList(0, i + 1), false);
      String answered = extend(done + prompt, shown);
      String answer = answered.substring(0, endOfTurn(answered));
      boolean train = trained == TrainedTurns.ALL || i == lastAnswer;
      line.add(tokenizer.encode(prompt, false), false);
      line.add(tokenizer.encode(answer, false), train);
      if (i == lastAnswer && !endsTurn(answer)) {
        line.add(new int[] {tokenizer.specialTokens().eosId()}, train);
      }
      done = done + prompt + answer;
    }
    if (lastAnswer < messages.size() - 1) {
      shown = template.render(messages, false);
    }
    line.add(tokenizer.encode(extend(done, shown), false), false);
    return line.example(maxTokens);
  }

  /** A prompt and its answer as they are, joined without a template; the end-of-text is trained. */
  public EncodedExample pair(String prompt, String completion) {
    TokenLine line = new TokenLine();
    line.add(tokenizer.encode(prompt, false), false);
    line.add(tokenizer.encode(completion, false), true);
    line.add(new int[] {tokenizer.specialTokens().eosId()}, true);
    return line.example(maxTokens);
  }

  /** A plain text for continued pre-training: all of it is trained, with the end-of-text token. */
  public EncodedExample text(String text) {
    return pair("", text);
  }

  /**
   * As {@link #text}, but instead of being cut a long text is divided into pieces of {@code
   * maxTokens}, each an example. No piece is a single token, which nothing predicts, unless the
   * text or {@code maxTokens} is that short.
   */
  public List<EncodedExample> pieces(String text) {
    int[] ids = tokenizer.encode(text, false);
    int[] all = Arrays.copyOf(ids, ids.length + 1);
    all[ids.length] = tokenizer.specialTokens().eosId();
    List<EncodedExample> pieces = new ArrayList<>();
    for (int from = 0; from < all.length; ) {
      int left = all.length - from;
      int length = Math.min(left, maxTokens);
      if (left - length == 1 && length > 2) {
        length--;
      }
      int[] piece = Arrays.copyOfRange(all, from, from + length);
      pieces.add(new EncodedExample(piece, piece.clone(), 0));
      from += length;
    }
    return pieces;
  }

  private static int lastAnswer(List<ChatMessage> messages) {
    for (int i = messages.size() - 1; i >= 0; i--) {
      if (messages.get(i).isAssistant()) {
        return i;
      }
    }
    return -1;
  }

  private static String extend(String done, String rendered) {
    if (!rendered.startsWith(done)) {
      throw Problem.caller(
              "TEMPLATE_NOT_INCREMENTAL",
              "the chat template changes earlier turns as the conversation grows")
          .mend("train on single-turn examples, or use a template that only appends");
    }
    return rendered.substring(done.length());
  }

  /** Where the turn's last special token ends; what follows (a newline, say) is not the answer. */
  private int endOfTurn(String answered) {
    String stripped = answered.stripTrailing();
    return endsTurn(stripped) ? stripped.length() : answered.length();
  }

  private boolean endsTurn(String answer) {
    if (!template.eosToken().isEmpty() && answer.endsWith(template.eosToken())) {
      return true;
    }
    // The shortest tail that might be a token; a conversation's content is irrelevant to it.
    int[] tail = tokenizer.encode(answer.substring(Math.max(0, answer.length() - 64)), false);
    return tail.length > 0
        && tokenizer.specialTokens().specialIds().contains(tail[tail.length - 1]);
  }

  /** Segments in order, each trained or not. */
  private static final class TokenLine {
    private final List<int[]> segments = new ArrayList<>();
    private final List<Boolean> trained = new ArrayList<>();
    private int tokens;

    void add(int[] ids, boolean train) {
      segments.add(ids);
      trained.add(train);
      tokens += ids.length;
    }

    EncodedExample example(int maxTokens) {
      int kept = Math.min(tokens, maxTokens);
      int[] inputIds = new int[kept];
      int[] labels = new int[kept];
      int at = 0;
      for (int s = 0; s < segments.size(); s++) {
        for (int id : segments.get(s)) {
          if (at == kept) {
            break;
          }
          inputIds[at] = id;
          labels[at++] = trained.get(s) ? id : EncodedExample.IGNORED;
        }
      }
      return new EncodedExample(inputIds, labels, tokens - kept);
    }
  }
}
