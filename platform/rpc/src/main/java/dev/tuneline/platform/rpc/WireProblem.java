package dev.tuneline.platform.rpc;

import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;

/** Problems as the wire message {@link dev.tuneline.proto.v1.Problem}. */
public final class WireProblem {
  private WireProblem() {}

  /** The message of a problem; its cause stays here. */
  public static dev.tuneline.proto.v1.Problem toProto(Problem problem) {
    return dev.tuneline.proto.v1.Problem.newBuilder()
        .setFault(
            switch (problem.fault()) {
              case CALLER -> dev.tuneline.proto.v1.Fault.FAULT_CALLER;
              case OURS -> dev.tuneline.proto.v1.Fault.FAULT_OURS;
              case EXHAUSTED -> dev.tuneline.proto.v1.Fault.FAULT_EXHAUSTED;
            })
        .setReason(problem.reason())
        .setMessage(problem.message())
        .putAllDetails(problem.details())
        .build();
  }

  /** The problem of a message; one without a fault, or with one of a later version, is ours. */
  public static Problem fromProto(dev.tuneline.proto.v1.Problem message) {
    Fault fault =
        switch (message.getFault()) {
          case FAULT_CALLER -> Fault.CALLER;
          case FAULT_EXHAUSTED -> Fault.EXHAUSTED;
          case FAULT_OURS, FAULT_UNSPECIFIED, UNRECOGNIZED -> Fault.OURS;
        };
    return Problem.of(
        fault,
        GrpcProblems.reasonOrInternal(message.getReason()),
        message.getMessage(),
        message.getDetailsMap());
  }
}
