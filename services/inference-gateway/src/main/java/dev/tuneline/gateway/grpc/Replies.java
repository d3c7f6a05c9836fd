package dev.tuneline.gateway.grpc;

import dev.tuneline.errors.Problem;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Answers a call once several parts are there, without holding a thread. */
final class Replies<P, A> {
  private final ServerCallStreamObserver<A> client;
  private final List<CompletableFuture<P>> parts;
  private final Runnable cancel;
  private final Function<List<P>, A> reply;
  private int missing; // guarded by this
  private boolean ended; // guarded by this

  private Replies(
      ServerCallStreamObserver<A> client,
      List<CompletableFuture<P>> parts,
      Runnable cancel,
      Function<List<P>, A> reply) {
    this.client = client;
    this.parts = parts;
    this.cancel = cancel;
    this.reply = reply;
    this.missing = parts.size();
  }

  /**
   * Sends one message made of all parts, or the problem of the first that fails.
   *
   * @param parts at least one
   * @param cancel what to do with the parts when the client goes away or one part fails
   */
  static <P, A> void send(
      StreamObserver<A> client,
      List<CompletableFuture<P>> parts,
      Runnable cancel,
      Function<List<P>, A> reply) {
    Replies<P, A> replies =
        new Replies<>((ServerCallStreamObserver<A>) client, parts, cancel, reply);
    replies.client.setOnCancelHandler(replies::leave);
    for (CompletableFuture<P> part : parts) {
      var _ = part.handle((_, failure) -> replies.heard(failure));
    }
  }

  private synchronized void leave() {
    ended = true;
    cancel.run();
  }

  /** Takes note that a part has ended; what this throws nobody would hear. */
  private synchronized boolean heard(@Nullable Throwable failure) {
    if (ended) {
      return false;
    }
    missing--;
    if (failure == null && missing > 0) {
      return false;
    }
    ended = true;
    try {
      if (failure != null) {
        throw Problem.from(failure);
      }
      client.onNext(reply.apply(parts.stream().map(CompletableFuture::join).toList()));
      client.onCompleted();
    } catch (RuntimeException e) {
      cancel.run();
      client.onError(e);
    }
    return true;
  }
}
