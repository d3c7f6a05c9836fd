package dev.tuneline.trainer;

import dev.tuneline.errors.Problem;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.nio.file.Path;

/**
 * What one trainer is called and may use.
 *
 * @param name what people call this process; empty takes the host's name and the process id
 * @param threads processor threads of one tensor operation, 1 to 1,024; 0 leaves it to the engine.
 *     A job that another number of threads continues ends in other last bits
 * @param memoryBytes the most that one job may take, beside what an idle trainer holds; 0 for all
 *     that the device has free when it starts
 * @param work folder for files that are being made; nothing in it needs to survive
 */
@ConfigurationProperties("tuneline.trainer")
public record TrainerConfig(
    @Bindable(defaultValue = "") String name,
    @Bindable(defaultValue = "0") int threads,
    @Bindable(defaultValue = "0") long memoryBytes,
    Path work) {
  private static final int MAX_THREADS = 1_024;

  /** Checks every bound. */
  public TrainerConfig {
    if (threads < 0 || threads > MAX_THREADS) {
      throw Problem.caller("INVALID_CONFIG", "threads is " + threads)
          .at(Problem.FIELD, "tuneline.trainer.threads")
          .mend("use 0 to " + MAX_THREADS);
    }
    if (memoryBytes < 0) {
      throw Problem.caller("INVALID_CONFIG", "memory-bytes is " + memoryBytes)
          .at(Problem.FIELD, "tuneline.trainer.memory-bytes")
          .mend("give a number of bytes, or 0 for all that is free");
    }
  }
}
