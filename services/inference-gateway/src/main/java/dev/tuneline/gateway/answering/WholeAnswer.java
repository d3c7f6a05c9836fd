package dev.tuneline.gateway.answering;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.ChatFinish;
import java.util.concurrent.CompletableFuture;

/** Collects an answer for those who want it whole. */
public final class WholeAnswer implements AnswerListener {
  /**
   * An answer at its end.
   *
   * @param text all of it
   */
  public record Whole(String text, ChatFinish finish) {}

  private final StringBuilder text = new StringBuilder();
  private final CompletableFuture<Whole> whole = new CompletableFuture<>();

  /** Completes with the answer, or exceptionally with its {@link Problem}. */
  public CompletableFuture<Whole> whole() {
    return whole;
  }

  @Override
  public void text(String piece) {
    text.append(piece);
  }

  @Override
  public void finished(ChatFinish finish) {
    whole.complete(new Whole(text.toString(), finish));
  }

  @Override
  public void failed(Problem problem) {
    whole.completeExceptionally(problem);
  }
}
