package dev.tuneline.gateway.answering;

import com.google.protobuf.ByteString;
import dev.tuneline.engine.generation.FinishReason;
import dev.tuneline.engine.generation.GeneratedToken;
import dev.tuneline.engine.generation.Prompt;
import dev.tuneline.engine.generation.TokenLogProb;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.proto.v1.TokenLogprob;
import dev.tuneline.proto.v1.TopLogprob;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/**
 * Gives out one answer's text together with the log-probabilities of the tokens that made it: while
 * text is held back, be it a part of a character or of a stop string, so are they.
 */
final class Pieces {
  private final Tokenizer tokenizer;
  private final Set<Integer> endIds;
  private final AnswerListener listener;
  private final Deque<TokenLogprob> held = new ArrayDeque<>();
  private int madeCodePoints;
  private int shownCodePoints;

  Pieces(Tokenizer tokenizer, Set<Integer> endIds, AnswerListener listener) {
    this.tokenizer = tokenizer;
    this.endIds = endIds;
    this.listener = listener;
  }

  /** Says the prompt first, with its log-probabilities if it has any. */
  void echo(String text, Prompt prompt) {
    if (prompt.topLogProbs() >= 0) {
      int first = prompt.ids().getFirst();
      hold(TokenLogprob.newBuilder().setTokenId(first), first, true);
      prompt.logProbs().forEach(token -> hold(wire(token), token.id(), true));
    }
    madeCodePoints = text.codePointCount(0, text.length());
    show(text);
    releaseAll();
  }

  /** Says what the token lets be said. */
  void token(GeneratedToken token) {
    boolean silent =
        endIds.contains(token.id()) || tokenizer.specialTokens().specialIds().contains(token.id());
    TokenLogProb logProb = token.logProb();
    if (logProb != null) {
      hold(wire(logProb).setEndOfTurn(endIds.contains(token.id())), token.id(), !silent);
    }
    show(token.text());
  }

  /** Says the rest: all but the tokens of a stop string, whose text nobody sees. */
  void end(FinishReason reason) {
    if (reason != FinishReason.STOP_STRING) {
      releaseAll();
    }
  }

  private void show(String text) {
    shownCodePoints += text.codePointCount(0, text.length());
    List<TokenLogprob> released = new ArrayList<>();
    while (!held.isEmpty() && held.getFirst().getTextOffset() < shownCodePoints) {
      released.add(held.removeFirst());
    }
    say(text, released);
  }

  private void releaseAll() {
    List<TokenLogprob> released = List.copyOf(held);
    held.clear();
    say("", released);
  }

  private void say(String text, List<TokenLogprob> logProbs) {
    if (!text.isEmpty() || !logProbs.isEmpty()) {
      listener.piece(new Piece(text, logProbs));
    }
  }

  private void hold(TokenLogprob.Builder wire, int id, boolean hasText) {
    byte[] bytes = tokenizer.tokenBytes(id);
    // A token that begins inside a character stands where the character does.
    boolean inside = hasText && bytes.length > 0 && isContinuation(bytes[0]);
    wire.setToken(ByteString.copyFrom(bytes))
        .setTextOffset(Math.max(0, inside ? madeCodePoints - 1 : madeCodePoints));
    held.add(wire.build());
    if (hasText) {
      for (byte each : bytes) {
        madeCodePoints += isContinuation(each) ? 0 : 1;
      }
    }
  }

  private static boolean isContinuation(byte utf8) {
    return (utf8 & 0xC0) == 0x80;
  }

  private TokenLogprob.Builder wire(TokenLogProb token) {
    TokenLogprob.Builder wire =
        TokenLogprob.newBuilder().setTokenId(token.id()).setLogprob(token.logProb());
    for (TokenLogProb.Alternative top : token.alternatives()) {
      wire.addTop(
          TopLogprob.newBuilder()
              .setTokenId(top.id())
              .setToken(ByteString.copyFrom(tokenizer.tokenBytes(top.id())))
              .setLogprob(top.logProb()));
    }
    return wire;
  }
}
