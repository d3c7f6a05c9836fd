package dev.tuneline.platform.rpc;

import dev.tuneline.errors.Problem;
import io.grpc.Status;
import java.util.Set;

/** What a problem means to a client: the one table behind gRPC codes and HTTP statuses. */
enum Meaning {
  /** The request is wrong. */
  INVALID(Status.Code.INVALID_ARGUMENT, 400, "invalid_request_error"),
  /** The thing asked for is not there. */
  NOT_FOUND(Status.Code.NOT_FOUND, 404, "invalid_request_error"),
  /** A thing of this name is there already. */
  ALREADY_EXISTS(Status.Code.ALREADY_EXISTS, 409, "invalid_request_error"),
  /** The thing asked for is there, but not in a state that allows the request. */
  WRONG_STATE(Status.Code.FAILED_PRECONDITION, 409, "invalid_request_error"),
  /** The caller does not say who it is, or says it wrong. */
  UNAUTHENTICATED(Status.Code.UNAUTHENTICATED, 401, "authentication_error"),
  /** The caller is known and may not do this. */
  FORBIDDEN(Status.Code.PERMISSION_DENIED, 403, "permission_error"),
  /** The caller went away or gave up. */
  CANCELLED(Status.Code.CANCELLED, 499, "invalid_request_error"),
  /** Something bounded is full. */
  EXHAUSTED(Status.Code.RESOURCE_EXHAUSTED, 429, "rate_limit_error"),
  /** A server that we need does not answer. */
  UNAVAILABLE(Status.Code.UNAVAILABLE, 503, "server_error"),
  /** Time ran out. */
  TIMED_OUT(Status.Code.DEADLINE_EXCEEDED, 504, "server_error"),
  /** We have no such call. */
  UNIMPLEMENTED(Status.Code.UNIMPLEMENTED, 501, "server_error"),
  /** We failed. */
  INTERNAL(Status.Code.INTERNAL, 500, "server_error");

  // Here "unknown" speaks of the request itself, not of a thing that could be there.
  private static final Set<String> UNKNOWN_IN_REQUEST =
      Set.of("UNKNOWN_FIELD", "UNKNOWN_OPTION", "UNKNOWN_CONFIG_KEY", "UNKNOWN_METHOD");

  private final Status.Code code;
  private final int httpStatus;
  private final String httpType;

  Meaning(Status.Code code, int httpStatus, String httpType) {
    this.code = code;
    this.httpStatus = httpStatus;
    this.httpType = httpType;
  }

  Status.Code code() {
    return code;
  }

  int httpStatus() {
    return httpStatus;
  }

  /** The OpenAI error type. */
  String httpType() {
    return httpType;
  }

  static Meaning of(Problem problem) {
    String reason = problem.reason();
    return switch (problem.fault()) {
      case CALLER -> ofCaller(reason);
      case EXHAUSTED -> EXHAUSTED;
      case OURS -> {
        if (reason.endsWith("_UNAVAILABLE")) {
          yield UNAVAILABLE;
        }
        yield switch (reason) {
          case "DEADLINE_EXCEEDED" -> TIMED_OUT;
          case "UNIMPLEMENTED" -> UNIMPLEMENTED;
          default -> INTERNAL;
        };
      }
    };
  }

  private static Meaning ofCaller(String reason) {
    if (reason.endsWith("_NOT_FOUND")
        || (reason.startsWith("UNKNOWN_") && !UNKNOWN_IN_REQUEST.contains(reason))) {
      return NOT_FOUND;
    }
    if (reason.endsWith("_EXISTS") || reason.endsWith("_CONFLICT")) {
      return ALREADY_EXISTS;
    }
    if (reason.endsWith("_NOT_OPEN")
        || reason.endsWith("_NOT_READY")
        || reason.endsWith("_NOT_PREPARED")
        || reason.endsWith("_FINISHED")
        || reason.equals("WRONG_STATE")) {
      return WRONG_STATE;
    }
    return switch (reason) {
      case "UNAUTHENTICATED" -> UNAUTHENTICATED;
      case "FORBIDDEN" -> FORBIDDEN;
      case "CANCELLED" -> CANCELLED;
      default -> INVALID;
    };
  }
}
