package dev.tuneline.gateway.answering;

import dev.tuneline.engine.generation.FinishReason;
import dev.tuneline.engine.generation.GeneratedToken;
import dev.tuneline.engine.generation.Generator;
import dev.tuneline.engine.generation.Sequence;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.ChatFinish;
import dev.tuneline.proto.v1.Usage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One answer from the queue to its end. Only {@link #cancel} may come from other threads. */
final class RunningAnswer implements Answer {
  private static final Logger log = LoggerFactory.getLogger(RunningAnswer.class);

  private final Question question;
  private final AnswerListener listener;
  private final Runnable onCancel;
  private @Nullable Sequence sequence;
  private @Nullable Pieces pieces;
  private boolean ended;
  private volatile boolean cancelled;

  /**
   * An answer that waits.
   *
   * @param onCancel wakes the loop
   */
  RunningAnswer(Question question, AnswerListener listener, Runnable onCancel) {
    this.question = question;
    this.listener = listener;
    this.onCancel = onCancel;
  }

  @Override
  public void cancel() {
    cancelled = true;
    onCancel.run();
  }

  boolean cancelled() {
    return cancelled;
  }

  boolean ended() {
    return ended;
  }

  /** Takes a place in the set. */
  void begin(Generator generator, Tokenizer tokenizer) {
    sequence = generator.start(question.generation(), tokenizer.streamDecoder());
    pieces = new Pieces(tokenizer, question.generation().eosIds(), listener);
  }

  Sequence sequence() {
    if (sequence == null) {
      throw new IllegalStateException("the answer has not begun");
    }
    return sequence;
  }

  /**
   * Hands on what the last step made; ends the answer when it was the last one.
   *
   * @param token null when the answer is to have none
   */
  void accept(@Nullable GeneratedToken token) {
    if (pieces == null) {
      throw new IllegalStateException("the answer has not begun");
    }
    if (question.echo() != null && sequence().tokens().size() <= 1) {
      pieces.echo(question.echo(), question.generation().prompt());
    }
    if (token != null) {
      pieces.token(token);
    }
    FinishReason reason = sequence().finishReason();
    if (reason != null) {
      pieces.end(reason);
      finish(reason, sequence().tokens().size());
    }
  }

  private void finish(FinishReason reason, int tokens) {
    ChatFinish finish =
        ChatFinish.newBuilder()
            .setReason(wireReason(reason))
            .setUsage(
                Usage.newBuilder()
                    .setPromptTokens(question.generation().prompt().size())
                    .setCompletionTokens(tokens))
            .setAdapterId(question.adapterId())
            .build();
    free(); // first, so that whoever hears of the end finds its adapter let go
    listener.finished(finish);
  }

  private static dev.tuneline.proto.v1.FinishReason wireReason(FinishReason reason) {
    return switch (reason) {
      case EOS, STOP_STRING -> dev.tuneline.proto.v1.FinishReason.FINISH_REASON_STOP;
      case LENGTH -> dev.tuneline.proto.v1.FinishReason.FINISH_REASON_LENGTH;
      case CANCELLED -> throw new IllegalStateException("a cancelled answer has no finish");
    };
  }

  /** Ends the answer with a problem. */
  void fail(Problem problem) {
    if (ended) {
      return;
    }
    free();
    try {
      listener.failed(problem);
    } catch (RuntimeException e) {
      log.warn("could not tell a client of {}", problem.describe(), e);
    }
  }

  /** Ends the answer without a word; for clients that have gone. */
  void abandon() {
    if (!ended) {
      free();
    }
  }

  private void free() {
    ended = true;
    if (sequence != null) {
      sequence.close();
    }
    question.release();
  }
}
