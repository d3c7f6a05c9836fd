package dev.tuneline.gateway.http;

import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.answering.Answer;
import dev.tuneline.gateway.answering.AnswerListener;
import dev.tuneline.gateway.answering.WholeAnswer;
import dev.tuneline.gateway.chat.Chats;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.json.JsonMapper;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code POST /v1/chat/completions}, whole or as server-sent events. */
@Controller("/v1/chat/completions")
@ExecuteOn(TaskExecutors.BLOCKING)
final class ChatCompletionsController {
  private final Chats chats;
  private final CompletionIds ids;
  private final InstantSource clock;
  private final JsonMapper json;

  ChatCompletionsController(Chats chats, CompletionIds ids, InstantSource clock, JsonMapper json) {
    this.chats = chats;
    this.ids = ids;
    this.clock = clock;
    this.json = json;
  }

  /** Answers a conversation; a client that goes away cancels its answers. */
  @Post
  @Consumes(MediaType.ALL)
  @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_EVENT_STREAM})
  Mono<HttpResponse<?>> complete(HttpRequest<?> http, @Body String body) {
    ChatCompletionRequest request = ChatCompletionRequest.parse(body);
    String id = ids.next();
    long createdSeconds = clock.instant().getEpochSecond();
    return request.stream()
        ? streamed(http, request, id, createdSeconds)
        : whole(http, request, id, createdSeconds);
  }

  private Mono<HttpResponse<?>> streamed(
      HttpRequest<?> http, ChatCompletionRequest request, String id, long createdSeconds) {
    ChatEvents events = new ChatEvents(request, id, createdSeconds, json);
    Runnable cancel = cancelling(ask(request, events::listener));
    Connection connection = Connection.watch(http, cancel);
    Flux<String> body = events.events().doOnCancel(cancel).doFinally(_ -> connection.forget());
    return Mono.fromFuture(events.begun(), true)
        .doOnError(_ -> connection.forget())
        .then(
            Mono.fromSupplier(
                () -> HttpResponse.ok(body).contentType(MediaType.TEXT_EVENT_STREAM_TYPE)));
  }

  private Mono<HttpResponse<?>> whole(
      HttpRequest<?> http, ChatCompletionRequest request, String id, long createdSeconds) {
    List<WholeAnswer> listeners = Stream.generate(WholeAnswer::new).limit(request.n()).toList();
    Runnable cancel = cancelling(ask(request, listeners::get));
    Connection connection = Connection.watch(http, cancel);
    CompletableFuture<Void> all =
        CompletableFuture.allOf(
            listeners.stream().map(WholeAnswer::whole).toArray(CompletableFuture<?>[]::new));
    return Mono.fromFuture(all, true)
        .onErrorMap(Problem::from)
        .doOnError(_ -> cancel.run())
        .doFinally(_ -> connection.forget())
        .then(
            Mono.fromSupplier(
                () -> HttpResponse.ok(completion(request, id, createdSeconds, listeners))));
  }

  private List<Answer> ask(ChatCompletionRequest request, IntFunction<AnswerListener> listeners) {
    return chats.ask(
        request.model(), request.messages(), request.sampling(), request.n(), listeners);
  }

  private static Runnable cancelling(List<Answer> answers) {
    return () -> answers.forEach(Answer::cancel);
  }

  private static ChatCompletion completion(
      ChatCompletionRequest request, String id, long createdSeconds, List<WholeAnswer> listeners) {
    List<ChatCompletion.Choice> choices = new ArrayList<>();
    int promptTokens = 0;
    int completionTokens = 0;
    for (WholeAnswer listener : listeners) {
      WholeAnswer.Whole whole = listener.whole().join();
      choices.add(
          new ChatCompletion.Choice(
              choices.size(),
              new ChatCompletion.Message("assistant", whole.text(), null),
              null,
              FinishReasons.of(whole.finish().getReason())));
      promptTokens = whole.finish().getUsage().getPromptTokens();
      completionTokens += whole.finish().getUsage().getCompletionTokens();
    }
    return new ChatCompletion(
        id,
        ChatCompletion.OBJECT,
        createdSeconds,
        request.model(),
        choices,
        ChatCompletion.TokenUsage.of(promptTokens, completionTokens),
        null);
  }
}
