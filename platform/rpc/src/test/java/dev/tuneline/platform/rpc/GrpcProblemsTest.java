package dev.tuneline.platform.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class GrpcProblemsTest {
  @ParameterizedTest
  @CsvSource({
    "CALLER, MISSING_COLUMN, INVALID_ARGUMENT, 400",
    "CALLER, UNKNOWN_CONFIG_KEY, INVALID_ARGUMENT, 400",
    "CALLER, JOB_NOT_FOUND, NOT_FOUND, 404",
    "CALLER, UNKNOWN_BASE_MODEL, NOT_FOUND, 404",
    "CALLER, DATASET_EXISTS, ALREADY_EXISTS, 409",
    "CALLER, IDEMPOTENCY_CONFLICT, ALREADY_EXISTS, 409",
    "CALLER, DATASET_NOT_OPEN, FAILED_PRECONDITION, 409",
    "CALLER, JOB_FINISHED, FAILED_PRECONDITION, 409",
    "CALLER, UNAUTHENTICATED, UNAUTHENTICATED, 401",
    "CALLER, FORBIDDEN, PERMISSION_DENIED, 403",
    "OURS, INTERNAL, INTERNAL, 500",
    "OURS, ARTIFACT_NOT_FOUND, INTERNAL, 500",
    "OURS, KAFKA_UNAVAILABLE, UNAVAILABLE, 503",
    "EXHAUSTED, QUEUE_FULL, RESOURCE_EXHAUSTED, 429"
  })
  void faultAndReasonDecideBothCodes(Fault fault, String reason, Status.Code code, int http) {
    Problem problem = Problem.of(fault, reason, "m", java.util.Map.of());
    assertThat(GrpcProblems.toStatus(problem).getStatus().getCode()).isEqualTo(code);
    assertThat(HttpProblem.of(problem).status()).isEqualTo(http);
    assertThat(GrpcProblems.fromFailure(GrpcProblems.toStatus(problem)).fault()).isEqualTo(fault);
  }

  @Test
  void aProblemComesBackAsItWas() {
    Problem sent =
        Problem.caller("MISSING_COLUMN", "no column 答案")
            .at(Problem.FILE, "a.csv")
            .at(Problem.LINE, 1)
            .mend("add the column");
    Problem received =
        GrpcProblems.fromFailure(new CompletionException(GrpcProblems.toStatus(sent)));
    assertThat(received.describe()).contains("no column 答案", "[MISSING_COLUMN]", "add the column");
    assertThat(received.details()).isEqualTo(sent.details());
  }

  @Test
  void errorInfoNamesReasonDomainAndPlace() throws Exception {
    StatusRuntimeException status =
        GrpcProblems.toStatus(Problem.caller("BAD", "m").at(Problem.FIELD, "spec.lora.r"));
    var wire = Objects.requireNonNull(StatusProto.fromThrowable(status));
    assertThat(wire.getDetails(0).unpack(ErrorInfo.class))
        .isEqualTo(
            ErrorInfo.newBuilder()
                .setReason("BAD")
                .setDomain("tuneline.dev")
                .putMetadata("field", "spec.lora.r")
                .build());
    assertThat(wire.getDetailsCount()).isEqualTo(1);
  }

  @Test
  void exhaustedSaysWhenToTryAgain() throws Exception {
    Problem full = Problem.exhausted("QUEUE_FULL", "m").at(GrpcProblems.RETRY_AFTER_MS, 2_500);
    var wire = Objects.requireNonNull(StatusProto.fromThrowable(GrpcProblems.toStatus(full)));
    RetryInfo retry = wire.getDetails(1).unpack(RetryInfo.class);
    assertThat(retry.getRetryDelay().getSeconds()).isEqualTo(2);
    assertThat(retry.getRetryDelay().getNanos()).isEqualTo(500_000_000);
    assertThat(HttpProblem.of(full).retryAfterSeconds()).hasValue(3);
    assertThat(GrpcProblems.retryAfterMs(Problem.exhausted("QUEUE_FULL", "m"))).isEqualTo(1_000);
    assertThat(GrpcProblems.retryAfterMs(full.at(GrpcProblems.RETRY_AFTER_MS, "-1")))
        .isEqualTo(1_000);
  }

  @Test
  void anUnexpectedFailureIsOurs() {
    StatusRuntimeException status = GrpcProblems.toStatus(new IllegalStateException("a bug"));
    assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.INTERNAL);
    assertThat(GrpcProblems.fromFailure(status).reason()).isEqualTo("INTERNAL");
  }

  @Test
  void aStatusOfAnotherServicePassesOnUnchanged() {
    StatusRuntimeException theirs = GrpcProblems.toStatus(Problem.caller("JOB_NOT_FOUND", "m"));
    assertThat(GrpcProblems.toStatus(theirs)).isSameAs(theirs);
    Problem passed = GrpcProblems.fromFailure(GrpcProblems.toStatus(new RuntimeException(theirs)));
    assertThat(passed.reason()).isEqualTo("JOB_NOT_FOUND");
  }

  @ParameterizedTest
  @EnumSource(value = Status.Code.class, names = "OK", mode = EnumSource.Mode.EXCLUDE)
  void everyBareStatusIsAProblemOfTheSameMeaning(Status.Code code) {
    Problem problem = GrpcProblems.fromFailure(code.toStatus().asRuntimeException());
    assertThat(problem.message()).isEqualTo("gRPC status " + code);
    Status.Code back = GrpcProblems.toStatus(problem).getStatus().getCode();
    switch (code) {
      case UNKNOWN, DATA_LOSS -> assertThat(back).isEqualTo(Status.Code.INTERNAL);
      case OUT_OF_RANGE, ABORTED -> assertThat(back).isEqualTo(Status.Code.INVALID_ARGUMENT);
      default -> assertThat(back).isEqualTo(code);
    }
  }

  @Test
  void theTransportsWordsAreKept() {
    Problem problem =
        GrpcProblems.fromStatus(Status.UNAVAILABLE.withDescription("io exception"), new Metadata());
    assertThat(problem.reason()).isEqualTo("SERVER_UNAVAILABLE");
    assertThat(problem.message()).isEqualTo("io exception");
  }

  @Test
  void longProblemsFitIntoHeaders() {
    Problem huge = Problem.caller("BAD", "x".repeat(100_000));
    for (int i = 0; i < 100; i++) {
      huge = huge.at("k" + i, "v".repeat(10_000));
    }
    var wire = Objects.requireNonNull(StatusProto.fromThrowable(GrpcProblems.toStatus(huge)));
    assertThat(wire.getSerializedSize()).isLessThan(6_000);
    assertThat(wire.getMessage()).hasSize(1_000).endsWith("...");
  }

  @Test
  void wireProblemsComeBackAsTheyWere() {
    for (Fault fault : Fault.values()) {
      Problem sent = Problem.of(fault, "BAD", "m", java.util.Map.of("line", "3"));
      Problem received = WireProblem.fromProto(WireProblem.toProto(sent));
      assertThat(received.fault()).isEqualTo(fault);
      assertThat(received.describe()).isEqualTo(sent.describe());
    }
    Problem empty = WireProblem.fromProto(dev.tuneline.proto.v1.Problem.getDefaultInstance());
    assertThat(empty.fault()).isEqualTo(Fault.OURS);
    assertThat(empty.reason()).isEqualTo("INTERNAL");
  }

  @Test
  void httpBodiesHaveOpenAisFields() {
    HttpProblem.Detail error =
        HttpProblem.of(
                Problem.caller("BAD_VALUE", "r is negative").at(Problem.FIELD, "r").mend("use 8"))
            .body()
            .error();
    assertThat(error.message()).isEqualTo("r is negative: use 8");
    assertThat(error.type()).isEqualTo("invalid_request_error");
    assertThat(error.code()).isEqualTo("bad_value");
    assertThat(error.param()).isEqualTo("r");
    assertThat(error.details()).containsEntry("mend", "use 8");
    assertThat(HttpProblem.of(Problem.caller("BAD", "m")).body().error().param()).isNull();
    assertThat(HttpProblem.of(Problem.caller("BAD", "m")).retryAfterSeconds()).isEmpty();
  }
}
