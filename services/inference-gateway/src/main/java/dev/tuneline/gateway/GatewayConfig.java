package dev.tuneline.gateway;

import dev.tuneline.errors.Problem;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.util.List;

/**
 * What one gateway holds and how much it takes on.
 *
 * @param preload base models that are loaded at start; the others at first use
 * @param bf16BaseModels base models that are held in bf16, in half the memory; the others in fp32
 * @param maxBaseModels the most base models in memory, 1 to 64
 * @param maxAdapters the most adapters in memory, over all base models, 1 to 10,000
 * @param maxSequences answers of one base model that are made at once, 1 to 1,024
 * @param queueLimit requests of one base model that may wait, 1 to 100,000
 * @param viewTimeoutMs how long a request may wait for the log to be read, in milliseconds
 * @param loadTimeoutMs how long a request may wait for its model to be loaded, in milliseconds
 */
@ConfigurationProperties("tuneline.gateway")
public record GatewayConfig(
    @Bindable(defaultValue = "") List<String> preload,
    @Bindable(defaultValue = "") List<String> bf16BaseModels,
    @Bindable(defaultValue = "4") int maxBaseModels,
    @Bindable(defaultValue = "64") int maxAdapters,
    @Bindable(defaultValue = "16") int maxSequences,
    @Bindable(defaultValue = "256") int queueLimit,
    @Bindable(defaultValue = "10000") long viewTimeoutMs,
    @Bindable(defaultValue = "300000") long loadTimeoutMs) {

  private static final long MAX_TIMEOUT_MS = 3_600_000;

  /** Checks every bound. */
  public GatewayConfig {
    preload = preload.stream().filter(name -> !name.isBlank()).toList();
    bf16BaseModels = bf16BaseModels.stream().filter(name -> !name.isBlank()).toList();
    require("max-base-models", maxBaseModels, 64);
    require("max-adapters", maxAdapters, 10_000);
    require("max-sequences", maxSequences, 1_024);
    require("queue-limit", queueLimit, 100_000);
    require("view-timeout-ms", viewTimeoutMs, MAX_TIMEOUT_MS);
    require("load-timeout-ms", loadTimeoutMs, MAX_TIMEOUT_MS);
    if (preload.size() > maxBaseModels) {
      throw Problem.caller(
              "INVALID_CONFIG", "more base models are to be loaded at start than may be in memory")
          .at(Problem.FIELD, "tuneline.gateway.preload")
          .mend("raise tuneline.gateway.max-base-models, or name fewer");
    }
  }

  private static void require(String key, long value, long most) {
    if (value < 1 || value > most) {
      throw Problem.caller("INVALID_CONFIG", key + " is " + value)
          .at(Problem.FIELD, "tuneline.gateway." + key)
          .mend("use 1 to " + most);
    }
  }
}
