package dev.tuneline.gateway.http;

import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.answering.AnswerListener;
import dev.tuneline.platform.rpc.HttpProblem;
import dev.tuneline.proto.v1.ChatFinish;
import io.micronaut.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * The server-sent events of one request: a chunk for each piece of each answer, the usage if it was
 * asked for, and {@code [DONE]}. All answers are heard on one engine loop's thread.
 *
 * <p>A problem before the first event is the whole response's ({@link #begun}); a later one is an
 * event with OpenAI's error object, after which nothing comes.
 */
final class ChatEvents {
  private static final String DONE = "[DONE]";

  private final ChatCompletionRequest request;
  private final String id;
  private final long createdSeconds;
  private final JsonMapper json;
  private final CompletableFuture<Void> begun = new CompletableFuture<>();
  // Unbounded, but an answer is no longer than the model's context.
  private final Sinks.Many<String> events = Sinks.many().unicast().onBackpressureBuffer();
  private int promptTokens;
  private int completionTokens;
  private int finished;

  ChatEvents(ChatCompletionRequest request, String id, long createdSeconds, JsonMapper json) {
    this.request = request;
    this.id = id;
    this.createdSeconds = createdSeconds;
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
          choice(index, new ChatChunk.Delta("assistant", ""), null);
        }
      }

      @Override
      public void text(String piece) {
        open();
        choice(index, new ChatChunk.Delta(null, piece), null);
      }

      @Override
      public void finished(ChatFinish finish) {
        open();
        choice(index, new ChatChunk.Delta(null, null), FinishReasons.of(finish.getReason()));
        end(finish);
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

  private void end(ChatFinish finish) {
    promptTokens = finish.getUsage().getPromptTokens();
    completionTokens += finish.getUsage().getCompletionTokens();
    if (++finished < request.n()) {
      return;
    }
    if (request.includeUsage()) {
      emit(
          chunk(List.of()).withUsage(ChatCompletion.TokenUsage.of(promptTokens, completionTokens)));
    }
    send(DONE);
    events.tryEmitComplete();
  }

  private void choice(int index, ChatChunk.Delta delta, @Nullable String finishReason) {
    ChatChunk chunk = chunk(List.of(new ChatChunk.Choice(index, delta, null, finishReason)));
    emit(request.includeUsage() ? chunk.withUsage(null) : chunk);
  }

  private ChatChunk chunk(List<ChatChunk.Choice> choices) {
    return new ChatChunk(id, ChatChunk.OBJECT, createdSeconds, request.model(), null, choices);
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
