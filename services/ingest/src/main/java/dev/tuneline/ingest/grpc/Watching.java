package dev.tuneline.ingest.grpc;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.rpc.GrpcProblems;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Sends a thing now and after each change until it is done; each watcher is a virtual thread. */
final class Watching {
  private final Semaphore room;
  private final long pollMs;

  Watching(int maxWatchers, long pollMs) {
    this.room = new Semaphore(maxWatchers);
    this.pollMs = pollMs;
  }

  /**
   * Watches until the thing is done or the caller goes away.
   *
   * @param first the thing as it stands now
   * @param latest the thing again; not in a hurry
   */
  <S, R> void watch(
      S first,
      Supplier<S> latest,
      Predicate<S> done,
      StreamObserver<R> responses,
      Consumer<S> send) {
    if (!room.tryAcquire()) {
      throw Problem.exhausted("TOO_MANY_WATCHERS", "too many calls watch at the same time")
          .mend("watch fewer things, or raise tuneline.ingest.max-watchers");
    }
    var call = (ServerCallStreamObserver<R>) responses;
    // Without a handler, sending to a caller that went away would throw.
    call.setOnCancelHandler(() -> {});
    Thread.ofVirtual()
        .name("watcher")
        .start(
            () -> {
              try {
                S shown = first;
                send.accept(shown);
                while (!done.test(shown) && !call.isCancelled()) {
                  Thread.sleep(pollMs);
                  S now = latest.get();
                  // A reader that does not keep up gets the newest once it can.
                  if (!now.equals(shown) && call.isReady()) {
                    shown = now;
                    send.accept(shown);
                  }
                }
                if (!call.isCancelled()) {
                  call.onCompleted();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (RuntimeException e) {
                if (!call.isCancelled()) {
                  call.onError(GrpcProblems.toStatus(e));
                }
              } finally {
                room.release();
              }
            });
  }
}
