package dev.tuneline.gateway.http;

import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.answering.Answer;
import dev.tuneline.gateway.answering.WholeAnswer;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Makes HTTP responses of answers under way; a client that goes away cancels them. */
final class AnswerResponses {
  private AnswerResponses() {}

  /** Sends the events as they come. */
  static Mono<HttpResponse<?>> streamed(
      HttpRequest<?> http, AnswerEvents events, List<Answer> answers) {
    Runnable cancel = cancelling(answers);
    Connection connection = Connection.watch(http, cancel);
    Flux<String> body = events.events().doOnCancel(cancel).doFinally(_ -> connection.forget());
    return Mono.fromFuture(events.begun(), true)
        .doOnError(_ -> cancel.run())
        .doOnError(_ -> connection.forget())
        .then(
            Mono.fromSupplier(
                () -> HttpResponse.ok(body).contentType(MediaType.TEXT_EVENT_STREAM_TYPE)));
  }

  /** Sends one body once all answers are there. */
  static Mono<HttpResponse<?>> whole(
      HttpRequest<?> http,
      List<WholeAnswer> listeners,
      List<Answer> answers,
      Function<List<WholeAnswer.Whole>, Object> body) {
    Runnable cancel = cancelling(answers);
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
                () ->
                    HttpResponse.ok(
                        body.apply(listeners.stream().map(each -> each.whole().join()).toList()))));
  }

  private static Runnable cancelling(List<Answer> answers) {
    return () -> answers.forEach(Answer::cancel);
  }
}
