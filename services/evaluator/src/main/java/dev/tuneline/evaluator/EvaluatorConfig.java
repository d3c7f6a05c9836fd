package dev.tuneline.evaluator;

import dev.tuneline.errors.Problem;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;

/**
 * Whom the evaluator asks, and how much.
 *
 * @param gatewayAddress {@code host:port} of the inference-gateway's gRPC
 * @param maxExamples examples of a split that are used, 1 to 100,000
 * @param batchExamples examples in one request, 1 to 64
 * @param answerMaxTokens longest answer in tokens, 1 to 32,768
 * @param callTimeoutMs the most that one request may take, in milliseconds
 * @param gatewayPatienceMs how long one request is repeated while the gateway is away or busy, in
 *     milliseconds
 */
@ConfigurationProperties("tuneline.evaluator")
public record EvaluatorConfig(
    @Bindable(defaultValue = "127.0.0.1:9090") String gatewayAddress,
    @Bindable(defaultValue = "200") int maxExamples,
    @Bindable(defaultValue = "16") int batchExamples,
    @Bindable(defaultValue = "128") int answerMaxTokens,
    @Bindable(defaultValue = "300000") long callTimeoutMs,
    @Bindable(defaultValue = "600000") long gatewayPatienceMs) {
  private static final long MAX_MS = 86_400_000;

  /** Checks every bound. */
  public EvaluatorConfig {
    if (gatewayAddress.isBlank()) {
      throw Problem.caller("INVALID_CONFIG", "gateway-address is empty")
          .at(Problem.FIELD, "tuneline.evaluator.gateway-address")
          .mend("give the host:port of the inference-gateway's gRPC");
    }
    require("max-examples", maxExamples, 100_000);
    require("batch-examples", batchExamples, 64);
    require("answer-max-tokens", answerMaxTokens, 32_768);
    require("call-timeout-ms", callTimeoutMs, MAX_MS);
    require("gateway-patience-ms", gatewayPatienceMs, MAX_MS);
  }

  private static void require(String key, long value, long most) {
    if (value < 1 || value > most) {
      throw Problem.caller("INVALID_CONFIG", key + " is " + value)
          .at(Problem.FIELD, "tuneline.evaluator." + key)
          .mend("use 1 to " + most);
    }
  }
}
