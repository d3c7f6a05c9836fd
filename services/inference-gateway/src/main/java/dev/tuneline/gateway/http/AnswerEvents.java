package dev.tuneline.gateway.http;

import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.answering.AnswerListener;
import dev.tuneline.gateway.answering.Piece;
import dev.tuneline.platform.rpc.HttpProblem;
import dev.tuneline.proto.v1.ChatFinish;
import io.micronaut.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * The server-sent events of one request: a chunk for each piece of each answer, the usage if it was
 * asked for, and {@code [DONE]}. All answers are heard on one engine loop's thread.
 *
 * <p>A problem before the first event is the whole response's ({@link #begun}); a later one is an
 * event with OpenAI's error object, after which nothing comes.
 */
final class AnswerEvents {
  private static final String DONE = "[DONE]";

  /** What the events of one door look like. */
  interface Chunks {
    /** What an answer begins with, if anything. */
    Optional<Object> opening(int index);

    Object piece(int index, Piece piece);

    Object finish(int index, String finishReason);

    Object usage(TokenUsage usage);
  }

  private final Chunks chunks;
  private final int n;
  private final boolean includeUsage;
  private final JsonMapper json;
  private final CompletableFuture<Void> begun = new CompletableFuture<>();
  // Unbounded, but an answer is no longer than the model's context.
  private final Sinks.Many<String> events = Sinks.many().unicast().onBackpressureBuffer();
  private final ChatFinish[] finishes;
  private int finished;

  /**
   * Events that nobody has heard of yet.
   *
   * @param answers in all
   * @param n to each prompt
   */
  AnswerEvents(Chunks chunks, int answers, int n, boolean includeUsage, JsonMapper json) {
    this.chunks = chunks;
    this.finishes = new ChatFinish[answers];
    this.n = n;
    this.includeUsage = includeUsage;
    this.json = json;
  }

  /** Completes with the first event, or exceptionally when there will be none. */
  CompletableFuture<Void> begun() {
    return begun;
  }

  /** The events as they stand in the response's body; for one subscriber. */
  Flux<String> events() {
    return events.asFlux();
  }

  /** Hears the answer of this index. */
  AnswerListener listener(int index) {
    return new AnswerListener() {
      private boolean opened;

      private void open() {
        if (!opened) {
          opened = true;
          chunks.opening(index).ifPresent(AnswerEvents.this::emit);
        }
      }

      @Override
      public void piece(Piece piece) {
        open();
        emit(chunks.piece(index, piece));
      }

      @Override
      public void finished(ChatFinish finish) {
        open();
        emit(chunks.finish(index, FinishReasons.of(finish.getReason())));
        finishes[index] = finish;
        if (++finished == finishes.length) {
          end();
        }
      }

      @Override
      public void failed(Problem problem) {
        if (!begun.completeExceptionally(problem)) {
          emit(HttpProblem.of(problem).body());
        }
        events.tryEmitComplete();
      }
    };
  }

  private void end() {
    if (includeUsage) {
      emit(chunks.usage(TokenUsage.of(List.copyOf(Arrays.asList(finishes)), n)));
    }
    send(DONE);
    events.tryEmitComplete();
  }

  private void emit(Object event) {
    try {
      send(json.writeValueAsString(event));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    begun.complete(null);
  }

  /** One event; JSON has no line breaks, so its data is one line. */
  private void send(String data) {
    events.tryEmitNext("data: " + data + "\n\n");
  }
}
