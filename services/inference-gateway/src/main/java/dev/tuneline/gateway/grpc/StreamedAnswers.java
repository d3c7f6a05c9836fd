package dev.tuneline.gateway.grpc;

import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.answering.Answer;
import dev.tuneline.gateway.answering.AnswerListener;
import dev.tuneline.gateway.answering.Piece;
import dev.tuneline.proto.v1.ChatFinish;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Passes the answers of one call on as they are made; the call ends with the last of them, or with
 * the first problem. A client that goes away cancels them.
 */
final class StreamedAnswers<R> {
  /** The call's messages. */
  interface Messages<R> {
    R piece(int index, Piece piece);

    R finish(int index, ChatFinish finish);
  }

  private final ServerCallStreamObserver<R> client;
  private final Messages<R> messages;
  private int missing; // guarded by this
  private boolean over; // guarded by this
  private List<Answer> answers = List.of(); // guarded by this

  private StreamedAnswers(ServerCallStreamObserver<R> client, int count, Messages<R> messages) {
    this.client = client;
    this.missing = count;
    this.messages = messages;
    client.setOnCancelHandler(this::leave);
  }

  /** How answers are asked for, once it is known who hears the one of each index. */
  interface Ask {
    List<Answer> ask(IntFunction<AnswerListener> listeners);
  }

  /** Asks and streams {@code count} answers. */
  static <R> void stream(StreamObserver<R> client, int count, Messages<R> messages, Ask ask) {
    StreamedAnswers<R> stream =
        new StreamedAnswers<>((ServerCallStreamObserver<R>) client, count, messages);
    stream.follow(ask.ask(stream::listener));
  }

  private synchronized void leave() {
    over = true;
    answers.forEach(Answer::cancel);
  }

  /** What to cancel when the client goes, or at once if it has gone. */
  private synchronized void follow(List<Answer> started) {
    answers = started;
    if (over && missing > 0) {
      leave();
    }
  }

  private synchronized void send(Supplier<R> message, boolean finish) {
    if (over) {
      return;
    }
    client.onNext(message.get());
    if (finish && --missing == 0) {
      over = true;
      client.onCompleted();
    }
  }

  private synchronized void fail(Problem problem) {
    if (!over) {
      leave();
      client.onError(problem);
    }
  }

  private AnswerListener listener(int index) {
    return new AnswerListener() {
      @Override
      public void piece(Piece piece) {
        send(() -> messages.piece(index, piece), false);
      }

      @Override
      public void finished(ChatFinish finish) {
        send(() -> messages.finish(index, finish), true);
      }

      @Override
      public void failed(Problem problem) {
        fail(problem);
      }
    };
  }
}
