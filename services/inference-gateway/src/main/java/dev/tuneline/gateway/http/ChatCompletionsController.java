package dev.tuneline.gateway.http;

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
import java.util.function.IntFunction;
import java.util.stream.Stream;
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
    String id = ids.next("chatcmpl-");
    long createdSeconds = clock.instant().getEpochSecond();
    int n = request.options().n();
    if (request.stream()) {
      ChatChunks chunks = new ChatChunks(id, createdSeconds, request);
      AnswerEvents events = new AnswerEvents(chunks, n, n, request.includeUsage(), json);
      return AnswerResponses.streamed(http, events, ask(request, events::listener));
    }
    List<WholeAnswer> listeners = Stream.generate(WholeAnswer::new).limit(n).toList();
    return AnswerResponses.whole(
        http,
        listeners,
        ask(request, listeners::get),
        wholes -> completion(request, id, createdSeconds, wholes));
  }

  private List<Answer> ask(ChatCompletionRequest request, IntFunction<AnswerListener> listeners) {
    return chats.ask(request.model(), request.messages(), request.options(), listeners);
  }

  private static ChatCompletion completion(
      ChatCompletionRequest request,
      String id,
      long createdSeconds,
      List<WholeAnswer.Whole> wholes) {
    boolean logProbs = request.options().topLogProbs().isPresent();
    List<ChatCompletion.Choice> choices = new ArrayList<>();
    for (WholeAnswer.Whole whole : wholes) {
      choices.add(
          new ChatCompletion.Choice(
              choices.size(),
              new ChatCompletion.Message("assistant", whole.text(), null),
              logProbs ? ChatLogProbs.of(whole.logProbs()) : null,
              FinishReasons.of(whole.finish().getReason())));
    }
    return new ChatCompletion(
        id,
        ChatCompletion.OBJECT,
        createdSeconds,
        request.model(),
        choices,
        TokenUsage.of(
            wholes.stream().map(WholeAnswer.Whole::finish).toList(), request.options().n()),
        null);
  }
}
