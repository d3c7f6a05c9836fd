package dev.tuneline.gateway.answering;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.ChatFinish;
import dev.tuneline.proto.v1.TokenLogprob;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Collects an answer for those who want it whole. */
public final class WholeAnswer implements AnswerListener {
  /**
   * An answer at its end.
   *
   * @param text all of it
   * @param logProbs of its tokens, if they were asked for
   */
  public record Whole(String text, List<TokenLogprob> logProbs, ChatFinish finish) {
    public Whole {
      logProbs = List.copyOf(logProbs);
    }
  }

  private final StringBuilder text = new StringBuilder();
  private final List<TokenLogprob> logProbs = new ArrayList<>();
  private final CompletableFuture<Whole> whole = new CompletableFuture<>();

  /** Completes with the answer, or exceptionally with its {@link Problem}. */
  public CompletableFuture<Whole> whole() {
    return whole;
  }

  @Override
  public void piece(Piece piece) {
    text.append(piece.text());
    logProbs.addAll(piece.logProbs());
  }

  @Override
  public void finished(ChatFinish finish) {
    whole.complete(new Whole(text.toString(), logProbs, finish));
  }

  @Override
  public void failed(Problem problem) {
    whole.completeExceptionally(problem);
  }
}
