package dev.tuneline.gateway.http;

import dev.tuneline.gateway.answering.Answer;
import dev.tuneline.gateway.answering.AnswerListener;
import dev.tuneline.gateway.answering.WholeAnswer;
import dev.tuneline.gateway.chat.Completions;
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
import java.util.function.IntFunction;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/** {@code POST /v1/completions}, whole or as server-sent events. */
@Controller("/v1/completions")
@ExecuteOn(TaskExecutors.BLOCKING)
final class TextCompletionsController {
  private final Completions completions;
  private final CompletionIds ids;
  private final InstantSource clock;
  private final JsonMapper json;

  TextCompletionsController(
      Completions completions, CompletionIds ids, InstantSource clock, JsonMapper json) {
    this.completions = completions;
    this.ids = ids;
    this.clock = clock;
    this.json = json;
  }

  /** Goes on from texts; a client that goes away cancels its answers. */
  @Post
  @Consumes(MediaType.ALL)
  @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_EVENT_STREAM})
  Mono<HttpResponse<?>> complete(HttpRequest<?> http, @Body String body) {
    TextCompletionRequest request = TextCompletionRequest.parse(body);
    String id = ids.next("cmpl-");
    long createdSeconds = clock.instant().getEpochSecond();
    int n = request.options().n();
    int all = request.prompts().size() * n;
    if (request.stream()) {
      TextChunks chunks = new TextChunks(id, createdSeconds, request);
      AnswerEvents events = new AnswerEvents(chunks, all, n, request.includeUsage(), json);
      return AnswerResponses.streamed(http, events, ask(request, events::listener));
    }
    List<WholeAnswer> listeners = Stream.generate(WholeAnswer::new).limit(all).toList();
    return AnswerResponses.whole(
        http,
        listeners,
        ask(request, listeners::get),
        wholes -> completion(request, id, createdSeconds, wholes));
  }

  private List<Answer> ask(TextCompletionRequest request, IntFunction<AnswerListener> listeners) {
    return completions.ask(request.model(), request.prompts(), request.options(), listeners);
  }

  private static TextCompletion completion(
      TextCompletionRequest request,
      String id,
      long createdSeconds,
      List<WholeAnswer.Whole> wholes) {
    boolean logProbs = request.options().topLogProbs().isPresent();
    List<TextCompletion.Choice> choices = new ArrayList<>();
    for (WholeAnswer.Whole whole : wholes) {
      choices.add(
          new TextCompletion.Choice(
              choices.size(),
              whole.text(),
              logProbs ? TextLogProbs.of(whole.logProbs()) : null,
              FinishReasons.of(whole.finish().getReason())));
    }
    return new TextCompletion(
        id,
        TextCompletion.OBJECT,
        createdSeconds,
        request.model(),
        choices,
        TokenUsage.of(
            wholes.stream().map(WholeAnswer.Whole::finish).toList(), request.options().n()),
        null);
  }
}
