package dev.tuneline.platform.rpc;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Problems as gRPC statuses with google.rpc.ErrorInfo, and back.
 *
 * <p>Caller's faults are INVALID_ARGUMENT, or NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION,
 * UNAUTHENTICATED, PERMISSION_DENIED or CANCELLED by their reason; ours are INTERNAL, or
 * UNAVAILABLE when the reason ends in {@code _UNAVAILABLE}; exhausted ones are RESOURCE_EXHAUSTED
 * with RetryInfo. Fault, reason, message and details come back as they were, shortened where they
 * would not fit into HTTP/2 headers.
 */
public final class GrpcProblems {
  /** Domain of every ErrorInfo. */
  public static final String DOMAIN = "tuneline.dev";

  /** Detail key: after how many milliseconds an exhausted request may be repeated. */
  public static final String RETRY_AFTER_MS = "retry_after_ms";

  static final long DEFAULT_RETRY_AFTER_MS = 1_000;

  // gRPC peers refuse header blocks of more than 8 KiB; base64 takes a third of it.
  private static final int MAX_MESSAGE_CHARS = 1_000;
  private static final int MAX_DETAIL_CHARS = 300;
  private static final int MAX_DETAILS = 10;

  private static final Pattern REASON = Pattern.compile("[A-Z][A-Z0-9_]{1,62}");

  private GrpcProblems() {}

  /** Sorts any failure into the status that a server sends. */
  public static StatusRuntimeException toStatus(Throwable failure) {
    if (failure instanceof StatusRuntimeException status && hasErrorInfo(status)) {
      return status;
    }
    Problem problem = sort(failure);
    ErrorInfo.Builder info = ErrorInfo.newBuilder().setReason(problem.reason()).setDomain(DOMAIN);
    problem.details().entrySet().stream()
        .limit(MAX_DETAILS)
        .forEach(e -> info.putMetadata(e.getKey(), shorten(e.getValue(), MAX_DETAIL_CHARS)));
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(Meaning.of(problem).code().value())
            .setMessage(shorten(problem.message(), MAX_MESSAGE_CHARS))
            .addDetails(Any.pack(info.build()));
    if (problem.fault() == Fault.EXHAUSTED) {
      status.addDetails(
          Any.pack(
              RetryInfo.newBuilder()
                  .setRetryDelay(Durations.fromMillis(retryAfterMs(problem)))
                  .build()));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  /** The problem that a server sent, or what a bare status of the transport means. */
  public static Problem fromStatus(Status status, Metadata trailers) {
    com.google.rpc.Status wire = StatusProto.fromStatusAndTrailers(status, trailers);
    Map<String, String> details = new LinkedHashMap<>();
    String reason = "";
    try {
      for (Any detail : wire.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          ErrorInfo info = detail.unpack(ErrorInfo.class);
          reason = info.getReason();
          details.putAll(info.getMetadataMap());
        } else if (detail.is(RetryInfo.class)) {
          RetryInfo retry = detail.unpack(RetryInfo.class);
          details.putIfAbsent(
              RETRY_AFTER_MS, Long.toString(Durations.toMillis(retry.getRetryDelay())));
        }
      }
    } catch (InvalidProtocolBufferException e) {
      reason = "";
    }
    Fault fault = faultOf(status.getCode());
    String message =
        wire.getMessage().isEmpty() ? "gRPC status " + status.getCode() : wire.getMessage();
    Problem problem =
        Problem.of(
            fault,
            REASON.matcher(reason).matches() ? reason : bareReason(status.getCode()),
            message,
            details);
    return status.getCause() == null ? problem : problem.causedBy(status.getCause());
  }

  /** What a failed call means: the server's problem, or the transport's. */
  public static Problem fromFailure(Throwable failure) {
    return sort(failure);
  }

  static Problem sort(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof Problem problem) {
        return problem;
      }
      if (t instanceof StatusRuntimeException e) {
        return fromStatus(e.getStatus(), trailers(e.getTrailers()));
      }
      if (t instanceof StatusException e) {
        return fromStatus(e.getStatus(), trailers(e.getTrailers()));
      }
    }
    return Problem.from(failure);
  }

  static String reasonOrInternal(String reason) {
    return REASON.matcher(reason).matches() ? reason : "INTERNAL";
  }

  static long retryAfterMs(Problem problem) {
    String given = problem.details().get(RETRY_AFTER_MS);
    if (given == null || !given.matches("[0-9]{1,9}")) {
      return DEFAULT_RETRY_AFTER_MS;
    }
    return Long.parseLong(given);
  }

  private static Metadata trailers(@Nullable Metadata trailers) {
    return trailers == null ? new Metadata() : trailers;
  }

  private static boolean hasErrorInfo(StatusRuntimeException status) {
    com.google.rpc.Status wire = StatusProto.fromThrowable(status);
    return wire != null && wire.getDetailsList().stream().anyMatch(d -> d.is(ErrorInfo.class));
  }

  private static Fault faultOf(Status.Code code) {
    return switch (code) {
      case RESOURCE_EXHAUSTED -> Fault.EXHAUSTED;
      case CANCELLED,
          INVALID_ARGUMENT,
          NOT_FOUND,
          ALREADY_EXISTS,
          PERMISSION_DENIED,
          FAILED_PRECONDITION,
          ABORTED,
          OUT_OF_RANGE,
          UNAUTHENTICATED ->
          Fault.CALLER;
      case OK, UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS ->
          Fault.OURS;
    };
  }

  private static String bareReason(Status.Code code) {
    return switch (code) {
      case INVALID_ARGUMENT, OUT_OF_RANGE, ABORTED -> "INVALID_REQUEST";
      case NOT_FOUND -> "RESOURCE_NOT_FOUND";
      case ALREADY_EXISTS -> "RESOURCE_EXISTS";
      case FAILED_PRECONDITION -> "WRONG_STATE";
      case PERMISSION_DENIED -> "FORBIDDEN";
      case UNAUTHENTICATED -> "UNAUTHENTICATED";
      case CANCELLED -> "CANCELLED";
      case RESOURCE_EXHAUSTED -> "RESOURCE_EXHAUSTED";
      case UNAVAILABLE -> "SERVER_UNAVAILABLE";
      case DEADLINE_EXCEEDED -> "DEADLINE_EXCEEDED";
      case UNIMPLEMENTED -> "UNIMPLEMENTED";
      case OK, UNKNOWN, INTERNAL, DATA_LOSS -> "INTERNAL";
    };
  }

  private static String shorten(String text, int maxChars) {
    return text.length() <= maxChars ? text : text.substring(0, maxChars - 3) + "...";
  }
}
