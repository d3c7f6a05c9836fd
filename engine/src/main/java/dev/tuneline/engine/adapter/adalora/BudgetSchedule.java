package dev.tuneline.engine.adapter.adalora;

import static dev.tuneline.engine.adapter.MethodOptions.bad;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.MethodOptions;

/**
 * How many ranks all modules may have together, by the optimizer steps done.
 *
 * @param initialRank {@code init_r}: ranks of a module at the beginning
 * @param targetRank {@code target_r}: ranks of a module at the end, on average
 * @param warmup {@code tinit}: first steps, without pruning
 * @param settled {@code tfinal}: last steps, in which the ranks stay
 * @param interval {@code deltaT}: steps from one pruning to the next
 * @param totalSteps {@code total_step}; 0 when it is to be the job's
 */
record BudgetSchedule(
    int initialRank, int targetRank, int warmup, int settled, int interval, int totalSteps) {
  BudgetSchedule {
    require("init_r", initialRank, 1);
    require("target_r", targetRank, 1);
    require("tinit", warmup, 0);
    require("tfinal", settled, 0);
    require("deltaT", interval, 1);
    require("total_step", totalSteps, 0);
  }

  static BudgetSchedule parse(MethodOptions options) {
    return new BudgetSchedule(
        options.integer("init_r", 12),
        options.integer("target_r", 8),
        options.integer("tinit", 0),
        options.integer("tfinal", 0),
        options.integer("deltaT", 1),
        options.integer("total_step", 0));
  }

  /** Refuses a budget that grows. */
  BudgetSchedule shrinking() {
    if (targetRank > initialRank) {
      throw bad("target_r", "must be at most init_r = " + initialRank + ", not " + targetRank);
    }
    return this;
  }

  private static void require(String key, int value, int least) {
    if (value < least) {
      throw bad(key, "must be at least " + least + ", not " + value);
    }
  }

  /** The same with a length, checked against it. */
  BudgetSchedule over(int jobSteps) {
    int total = totalSteps == 0 ? jobSteps : totalSteps;
    if (warmup >= total - settled) {
      throw bad(
          "tinit",
          "= %d and tfinal = %d leave none of %d steps in which ranks are given up"
              .formatted(warmup, settled, total));
    }
    return new BudgetSchedule(initialRank, targetRank, warmup, settled, interval, total);
  }

  /** Whether step, from 1, is the one at which the final ranks are fixed. */
  boolean fixesRanks(int step) {
    return step == totalSteps - settled;
  }

  /** Whether the ranks stay from before this step on. */
  boolean isSettled(int step) {
    return step > totalSteps - settled;
  }

  /** Whether ranks are given up after this step. */
  boolean prunes(int step) {
    return fixesRanks(step) || (step > warmup && !isSettled(step) && step % interval == 0);
  }

  /** The ranks that all {@code modules} may have after a step: a cubic decrease. */
  int budget(int step, int modules) {
    int initial = initialRank * modules;
    int target = targetRank * modules;
    if (step <= warmup) {
      return initial;
    }
    double left = 1 - (double) (step - warmup) / (totalSteps - settled - warmup);
    return (int) ((initial - target) * Math.pow(left, 3) + target);
  }

  void write(ObjectNode json) {
    json.put("init_r", initialRank);
    json.put("target_r", targetRank);
    json.put("tinit", warmup);
    json.put("tfinal", settled);
    json.put("deltaT", interval);
    if (totalSteps > 0) {
      json.put("total_step", totalSteps);
    }
  }
}
