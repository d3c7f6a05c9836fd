package dev.tuneline.trainer.job;

import dev.tuneline.engine.tensor.FreeMemory;
import dev.tuneline.engine.tensor.FreedMemory;
import dev.tuneline.engine.tensor.Torch;
import dev.tuneline.engine.training.MemoryEstimate;
import dev.tuneline.engine.training.TrainingEstimate;
import dev.tuneline.errors.Problem;
import dev.tuneline.trainer.progress.ResidentMemory;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** The memory that this trainer's device has for a job. Safe for use by several threads. */
final class Room {
  private static final double MIB = 1 << 20;

  private final long most;
  private volatile OptionalLong idleBytes = OptionalLong.empty();

  /**
   * @param most that a job may take, in bytes; 0 for all that is free
   */
  Room(long most) {
    this.most = most == 0 ? Long.MAX_VALUE : most;
  }

  /** A job's run begins: what the process grows by from now on is the job's. */
  void taken() {
    FreedMemory.giveBack();
    idleBytes = OptionalLong.of(ResidentMemory.bytes());
  }

  /** The run has ended. */
  void left() {
    idleBytes = OptionalLong.empty();
  }

  /** What the next job can have: what is free, and what a running job will give back. */
  long bytes() {
    long free = FreeMemory.bytes();
    OptionalLong idle = idleBytes;
    if (free == FreeMemory.UNKNOWN || idle.isEmpty() || Torch.device().isGpu()) {
      return Math.min(most, free);
    }
    return Math.min(most, free + Math.max(0, ResidentMemory.bytes() - idle.getAsLong()));
  }

  /** Why a job does not fit into {@code available} bytes; empty when it does. */
  Optional<Problem> refusal(TrainingEstimate estimate, long available) {
    MemoryEstimate memory = estimate.memory();
    if (memory.total() <= available) {
      return Optional.empty();
    }
    String message =
        "the job needs %s of memory and %s has %s"
            .formatted(mib(memory.total()), Torch.deviceName(), mib(available));
    boolean later = memory.total() <= Math.min(most, FreeMemory.capacity());
    boolean rows = memory.activations() + memory.head() > memory.weights() + memory.trained();
    return Optional.of(
        (later
                ? Problem.exhausted("DEVICE_MEMORY_TAKEN", message + " left")
                : Problem.caller("JOB_DOES_NOT_FIT", message))
            .at(Problem.FIELD, rows ? "spec.training.micro_batch_size" : "spec.precision")
            .at("needed_bytes", memory.total())
            .at("available_bytes", available)
            .mend(
                rows
                    ? "lower micro_batch_size and raise gradient_accumulation_steps as much, set"
                        + " gradient_checkpointing, or lower cutoff_tokens"
                    : "hold the base model in a smaller precision (bf16, or nf4 by method qlora),"
                        + " or take a smaller base model"));
  }

  private static String mib(long bytes) {
    return String.format(Locale.ROOT, "%,.0f MiB", bytes / MIB);
  }
}
