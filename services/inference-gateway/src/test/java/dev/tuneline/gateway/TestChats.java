package dev.tuneline.gateway;

import dev.tuneline.proto.v1.ChatFinish;
import dev.tuneline.proto.v1.ChatMessage;
import dev.tuneline.proto.v1.ChatRequest;
import dev.tuneline.proto.v1.ChatResponse;
import dev.tuneline.proto.v1.InferenceServiceGrpc;
import dev.tuneline.proto.v1.ListModelsRequest;
import dev.tuneline.proto.v1.SamplingOptions;
import dev.tuneline.proto.v1.ServedModel;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Greedy chats over gRPC. */
final class TestChats {
  static final int MAX_TOKENS = 24;

  private static final SamplingOptions GREEDY =
      SamplingOptions.newBuilder()
          .setTemperature(0)
          .setRepetitionPenalty(1)
          .setMaxTokens(MAX_TOKENS)
          .build();

  /** A whole answer and the pieces it came in. */
  record Reply(String text, ChatFinish finish) {}

  private final InferenceServiceGrpc.InferenceServiceStub stub;
  private final InferenceServiceGrpc.InferenceServiceBlockingStub blocking;

  TestChats(TestGateway gateway) {
    this.stub = InferenceServiceGrpc.newStub(gateway.channel());
    this.blocking = InferenceServiceGrpc.newBlockingStub(gateway.channel());
  }

  static ChatRequest request(String model, String question) {
    return ChatRequest.newBuilder()
        .setModel(model)
        .addMessages(ChatMessage.newBuilder().setRole("user").setContent(question))
        .setSampling(GREEDY)
        .build();
  }

  Reply ask(String model, String question) {
    return ask(request(model, question));
  }

  Reply ask(ChatRequest request) {
    try {
      return begin(request).join();
    } catch (CompletionException e) {
      throw (RuntimeException) e.getCause();
    }
  }

  CompletableFuture<Reply> begin(String model, String question) {
    return begin(request(model, question));
  }

  CompletableFuture<Reply> begin(ChatRequest request) {
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    stub.chat(
        request,
        new StreamObserver<ChatResponse>() {
          private final StringBuilder text = new StringBuilder();
          private ChatFinish finish = ChatFinish.getDefaultInstance();

          @Override
          public void onNext(ChatResponse response) {
            text.append(response.getText());
            if (response.hasFinish()) {
              finish = response.getFinish();
            }
          }

          @Override
          public void onError(Throwable failure) {
            reply.completeExceptionally(failure);
          }

          @Override
          public void onCompleted() {
            reply.complete(new Reply(text.toString(), finish));
          }
        });
    return reply;
  }

  List<ServedModel> listed() {
    return blocking.listModels(ListModelsRequest.getDefaultInstance()).getModelsList();
  }
}
