package dev.tuneline.gateway.grpc;

import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.answering.Answer;
import dev.tuneline.gateway.answering.AnswerListener;
import dev.tuneline.proto.v1.ChatFinish;
import dev.tuneline.proto.v1.ChatResponse;
import io.grpc.stub.ServerCallStreamObserver;
import org.jspecify.annotations.Nullable;

/** Passes an answer on as it is made; a client that goes away cancels it. */
final class StreamedAnswer implements AnswerListener {
  private final ServerCallStreamObserver<ChatResponse> client;
  private @Nullable Answer answer; // guarded by this
  private boolean gone; // guarded by this

  StreamedAnswer(ServerCallStreamObserver<ChatResponse> client) {
    this.client = client;
    client.setOnCancelHandler(this::leave);
  }

  private synchronized void leave() {
    gone = true;
    if (answer != null) {
      answer.cancel();
    }
  }

  /** What to cancel when the client goes, or at once if it has gone. */
  synchronized void follows(Answer started) {
    answer = started;
    if (gone) {
      started.cancel();
    }
  }

  @Override
  public void text(String piece) {
    client.onNext(ChatResponse.newBuilder().setText(piece).build());
  }

  @Override
  public void finished(ChatFinish finish) {
    client.onNext(ChatResponse.newBuilder().setFinish(finish).build());
    client.onCompleted();
  }

  @Override
  public void failed(Problem problem) {
    client.onError(problem);
  }
}
