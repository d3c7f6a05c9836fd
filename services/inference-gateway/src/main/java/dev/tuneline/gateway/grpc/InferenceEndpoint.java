package dev.tuneline.gateway.grpc;

import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.answering.Answer;
import dev.tuneline.gateway.answering.WholeAnswer;
import dev.tuneline.gateway.chat.AnswerOptions;
import dev.tuneline.gateway.chat.AnswerScorer;
import dev.tuneline.gateway.chat.Chats;
import dev.tuneline.gateway.chat.Completions;
import dev.tuneline.gateway.chat.ModelDirectory;
import dev.tuneline.proto.v1.AnswerScore;
import dev.tuneline.proto.v1.ChatRequest;
import dev.tuneline.proto.v1.ChatResponse;
import dev.tuneline.proto.v1.CompleteRequest;
import dev.tuneline.proto.v1.CompleteResponse;
import dev.tuneline.proto.v1.Conversation;
import dev.tuneline.proto.v1.GenerateRequest;
import dev.tuneline.proto.v1.GenerateResponse;
import dev.tuneline.proto.v1.Generation;
import dev.tuneline.proto.v1.InferenceServiceGrpc;
import dev.tuneline.proto.v1.ListModelsRequest;
import dev.tuneline.proto.v1.ListModelsResponse;
import dev.tuneline.proto.v1.ScoreRequest;
import dev.tuneline.proto.v1.ScoreResponse;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/** {@code InferenceService} over {@link Chats}, {@link Completions} and {@link AnswerScorer}. */
public final class InferenceEndpoint extends InferenceServiceGrpc.InferenceServiceImplBase {
  /** The most conversations of one Generate or Score. */
  public static final int MAX_CONVERSATIONS = 64;

  private final Chats chats;
  private final Completions completions;
  private final AnswerScorer scorer;
  private final ModelDirectory models;

  public InferenceEndpoint(
      Chats chats, Completions completions, AnswerScorer scorer, ModelDirectory models) {
    this.chats = chats;
    this.completions = completions;
    this.scorer = scorer;
    this.models = models;
  }

  @Override
  public void chat(ChatRequest request, StreamObserver<ChatResponse> client) {
    AnswerOptions options =
        new AnswerOptions(
            request.getSampling(),
            request.getN() == 0 ? 1 : request.getN(),
            request.hasTopLogprobs()
                ? OptionalInt.of(request.getTopLogprobs())
                : OptionalInt.empty(),
            false,
            false);
    var messages = Messages.of(request.getMessagesList());
    StreamedAnswers.stream(
        client,
        options.n(),
        new StreamMessages.OfChat(),
        listeners -> chats.ask(request.getModel(), messages, options, listeners));
  }

  @Override
  public void complete(CompleteRequest request, StreamObserver<CompleteResponse> client) {
    AnswerOptions options =
        new AnswerOptions(
            request.getSampling(),
            request.getN() == 0 ? 1 : request.getN(),
            request.hasTopLogprobs()
                ? OptionalInt.of(request.getTopLogprobs())
                : OptionalInt.empty(),
            request.getEcho(),
            request.getPromptOnly());
    StreamedAnswers.stream(
        client,
        request.getPromptsCount() * options.n(),
        new StreamMessages.OfCompletion(),
        listeners ->
            completions.ask(request.getModel(), request.getPromptsList(), options, listeners));
  }

  @Override
  public void generate(GenerateRequest request, StreamObserver<GenerateResponse> client) {
    List<List<ChatMessage>> prompts = conversations("prompts", request.getPromptsList());
    List<WholeAnswer> listeners = prompts.stream().map(_ -> new WholeAnswer()).toList();
    List<Answer> answers;
    try (ModelDirectory.Resolved model = models.resolve(request.getModel())) {
      answers = chats.askAll(model, prompts, request.getSampling(), listeners::get);
    }
    Replies.send(
        client,
        listeners.stream().map(WholeAnswer::whole).toList(),
        () -> answers.forEach(Answer::cancel),
        wholes ->
            GenerateResponse.newBuilder()
                .addAllGenerations(wholes.stream().map(InferenceEndpoint::generation).toList())
                .build());
  }

  private static Generation generation(WholeAnswer.Whole whole) {
    return Generation.newBuilder()
        .setText(whole.text())
        .setReason(whole.finish().getReason())
        .setUsage(whole.finish().getUsage())
        .build();
  }

  @Override
  public void score(ScoreRequest request, StreamObserver<ScoreResponse> client) {
    List<List<ChatMessage>> all = conversations("conversations", request.getConversationsList());
    List<CompletableFuture<AnswerScore>> scores;
    try (ModelDirectory.Resolved model = models.resolve(request.getModel())) {
      scores = scorer.score(model, all);
    }
    Replies.send(
        client,
        scores,
        () -> scores.forEach(score -> score.cancel(false)),
        found -> ScoreResponse.newBuilder().addAllScores(found).build());
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> client) {
    client.onNext(ListModelsResponse.newBuilder().addAllModels(models.list()).build());
    client.onCompleted();
  }

  private static List<List<ChatMessage>> conversations(String field, List<Conversation> wire) {
    if (wire.isEmpty() || wire.size() > MAX_CONVERSATIONS) {
      throw Problem.caller("INVALID_VALUE", field + " holds " + wire.size() + " conversations")
          .at(Problem.FIELD, field)
          .mend("send 1 to " + MAX_CONVERSATIONS);
    }
    List<List<ChatMessage>> all = new ArrayList<>();
    for (Conversation conversation : wire) {
      all.add(Messages.of(conversation.getMessagesList()));
    }
    return all;
  }
}
