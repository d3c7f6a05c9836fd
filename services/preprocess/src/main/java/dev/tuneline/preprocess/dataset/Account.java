package dev.tuneline.preprocess.dataset;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.cleaning.Step;
import dev.tuneline.proto.v1.RowAccount;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Counts what came in and what became of it, apart from each other, so that the sums can differ.
 */
final class Account {
  private long received;
  private long kept;
  private final Map<String, Long> rejected = new TreeMap<>();
  private final Map<String, Long> changed = new TreeMap<>();

  void received(long rows) {
    received += rows;
  }

  void kept(long rows) {
    kept += rows;
  }

  void rejected(String reason) {
    rejected.merge(reason, 1L, Long::sum);
  }

  /** Counts an example that is kept by the steps that changed it. */
  void changed(Set<Step> steps) {
    steps.forEach(step -> changed.merge(step.key(), 1L, Long::sum));
  }

  /**
   * The account.
   *
   * @throws Problem ROWS_DO_NOT_ADD_UP when received is not kept and rejected
   */
  RowAccount close() {
    long sum = rejected.values().stream().mapToLong(Long::longValue).sum();
    if (received != kept + sum) {
      throw doesNotAddUp(
          "%d rows were received, but %d kept and %d rejected".formatted(received, kept, sum));
    }
    return RowAccount.newBuilder()
        .setReceived(received)
        .setKept(kept)
        .setRejected(sum)
        .putAllRejectedByReason(rejected)
        .putAllChangedByStep(changed)
        .build();
  }

  static Problem doesNotAddUp(String message) {
    return Problem.caller("ROWS_DO_NOT_ADD_UP", message)
        .mend("upload the rows again as a new dataset; if it happens again, report it");
  }
}
