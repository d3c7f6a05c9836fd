package dev.tuneline.gateway.http;

import dev.tuneline.proto.v1.FinishReason;

/** Why an answer ended, in OpenAI's words. */
final class FinishReasons {
  private FinishReasons() {}

  static String of(FinishReason reason) {
    return switch (reason) {
      case FINISH_REASON_STOP -> "stop";
      case FINISH_REASON_LENGTH -> "length";
      case FINISH_REASON_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException("an answer ends for a reason");
    };
  }
}
