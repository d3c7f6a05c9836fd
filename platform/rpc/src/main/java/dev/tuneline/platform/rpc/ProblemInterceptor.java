package dev.tuneline.platform.rpc;

import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sorts whatever a gRPC handler throws, or gives to {@code onError}, into one status.
 *
 * <p>Handlers just throw {@link Problem}s. Only failures of our own are logged with their trace.
 */
public final class ProblemInterceptor implements ServerInterceptor {
  private static final Logger log = LoggerFactory.getLogger(ProblemInterceptor.class);

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    SortingCall<Q, A> sorting = new SortingCall<>(call);
    try {
      return new SortingListener<>(next.startCall(sorting, headers), sorting);
    } catch (RuntimeException e) {
      sorting.fail(e);
      return new ServerCall.Listener<>() {};
    }
  }

  private static final class SortingCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private final AtomicBoolean closed = new AtomicBoolean();

    SortingCall(ServerCall<Q, A> call) {
      super(call);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      // onError(t) of a throwable that is no status arrives as UNKNOWN with the throwable as cause.
      if (status.getCode() == Status.Code.UNKNOWN && status.getCause() != null) {
        fail(status.getCause());
      } else if (closed.compareAndSet(false, true)) {
        super.close(status, trailers);
      }
    }

    void fail(Throwable failure) {
      if (!closed.compareAndSet(false, true)) {
        log.debug("{} failed after its end", getMethodDescriptor().getFullMethodName(), failure);
        return;
      }
      Problem problem = GrpcProblems.sort(failure);
      if (problem.fault() == Fault.OURS) {
        log.error(
            "{} failed: {}",
            getMethodDescriptor().getFullMethodName(),
            problem.describe(),
            failure);
      } else {
        log.debug("{} refused: {}", getMethodDescriptor().getFullMethodName(), problem.describe());
      }
      StatusRuntimeException status = GrpcProblems.toStatus(failure);
      Metadata trailers = status.getTrailers();
      super.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
    }
  }

  private static final class SortingListener<Q> extends SimpleForwardingServerCallListener<Q> {
    private final SortingCall<Q, ?> call;

    SortingListener(ServerCall.Listener<Q> listener, SortingCall<Q, ?> call) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      guard(() -> super.onMessage(message));
    }

    @Override
    public void onHalfClose() {
      guard(super::onHalfClose);
    }

    @Override
    public void onReady() {
      guard(super::onReady);
    }

    @Override
    public void onCancel() {
      guard(super::onCancel);
    }

    @Override
    public void onComplete() {
      guard(super::onComplete);
    }

    private void guard(Runnable step) {
      try {
        step.run();
      } catch (RuntimeException e) {
        call.fail(e);
      }
    }
  }
}
