package dev.tuneline.trainer.history;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.tuneline.engine.training.Evaluation;
import dev.tuneline.engine.training.StepReport;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The log of a run from its first step on: {@code trainer_state.json} as Hugging Face's {@code
 * TrainerState} reads it, and a TensorBoard event file with the same values, named as its callback
 * names them ({@code train/loss}, {@code eval/loss}).
 *
 * <p>Both lie in each checkpoint, so that a resumed run's log continues where the checkpoint was
 * taken: the steps that are done again are logged again, once. For one thread.
 */
public final class TrainingHistory {
  private static final String STATE = "trainer_state.json";

  /** Where Hugging Face's Trainer puts event files, so that {@code tensorboard --logdir} does. */
  private static final String EVENTS = "runs";

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  private record Best(double metric, long step) {}

  private final RunPlan plan;
  private final InstantSource clock;
  private final List<Map<String, Object>> entries = new ArrayList<>();
  private final EventFile events;
  private final long firstStep;
  private long step;
  private double epoch;
  private long tokens;
  private double lossSum;
  private @Nullable Best best;

  /** The newest step, while it waits for its entry. */
  private @Nullable StepReport pending;

  private double pendingLoss;
  private int pendingSteps;
  private double tokensPerSecond;

  /** The log of a run before its first step. */
  public static TrainingHistory begin(RunPlan plan, InstantSource clock) {
    return new TrainingHistory(
        plan, clock, JSON.createObjectNode(), new EventFile(clock.instant()));
  }

  /**
   * The log as it was when the files in {@code checkpoint} were written; one without such files
   * begins there.
   *
   * @throws Problem MALFORMED_CHECKPOINT when a file is there and cannot be read
   */
  public static TrainingHistory resume(RunPlan plan, InstantSource clock, Path checkpoint) {
    Path state = checkpoint.resolve(STATE);
    if (!Files.exists(state)) {
      return begin(plan, clock);
    }
    try {
      return new TrainingHistory(
          plan,
          clock,
          JSON.readTree(state.toFile()),
          new EventFile(Files.readAllBytes(checkpoint.resolve(eventFile(plan)))));
    } catch (IOException e) {
      throw Problem.ours("MALFORMED_CHECKPOINT", "the run's log cannot be read", e)
          .at(Problem.FILE, state);
    }
  }

  private TrainingHistory(RunPlan plan, InstantSource clock, JsonNode before, EventFile events) {
    this.plan = plan;
    this.clock = clock;
    this.events = events;
    for (JsonNode entry : before.path("log_history")) {
      entries.add(JSON.convertValue(entry, new TypeReference<>() {}));
    }
    step = before.path("global_step").asLong();
    firstStep = step;
    epoch = before.path("epoch").asDouble();
    tokens = before.path("num_input_tokens_seen").asLong();
    lossSum = lossSum(before.path("log_history"));
    if (before.hasNonNull("best_metric")) {
      best =
          new Best(before.path("best_metric").asDouble(), before.path("best_global_step").asLong());
    }
  }

  private static double lossSum(JsonNode entries) {
    double sum = 0;
    long from = 0;
    for (JsonNode entry : entries) {
      if (entry.has("loss")) {
        long to = entry.path("step").asLong();
        sum += entry.path("loss").asDouble() * (to - from);
        from = to;
      }
    }
    return sum;
  }

  /**
   * An optimizer step was done.
   *
   * @param speed the run's tokens per second by now
   */
  public void step(StepReport report, double speed) {
    step = report.step();
    epoch = report.epoch();
    tokens += report.tokens();
    lossSum += report.loss();
    pending = report;
    pendingLoss += report.loss();
    pendingSteps++;
    tokensPerSecond = speed;
    if (step % plan.loggingSteps() == 0) {
      logPending();
    }
  }

  /** An entry of all steps since the last one; none when there is no such step. */
  private void logPending() {
    StepReport last = pending;
    if (last == null) {
      return;
    }
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss", pendingLoss / pendingSteps);
    values.put("grad_norm", last.gradNorm());
    values.put("learning_rate", last.learningRate());
    values.put("tokens_per_second", tokensPerSecond);
    pending = null;
    pendingLoss = 0;
    pendingSteps = 0;
    add(values);
  }

  /**
   * The validation split was measured after the newest step.
   *
   * @param evaluation by TRL's names in the log
   */
  public void evaluated(Evaluation evaluation, long examples, double seconds) {
    logPending();
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("eval_loss", evaluation.loss());
    values.put("eval_mean_token_accuracy", evaluation.accuracy());
    values.put("eval_runtime", seconds);
    values.put("eval_samples_per_second", examples / Math.max(seconds, 1e-9));
    add(values);
  }

  /** The adapter is the best one so far after the newest step. */
  public void best(double metric) {
    best = new Best(metric, step);
  }

  /** The run's last step was done, {@code seconds} after this attempt began. */
  public void finished(double seconds) {
    logPending();
    double steps = step - firstStep;
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("train_loss", lossSum / Math.max(step, 1));
    values.put("train_runtime", seconds);
    values.put("train_samples_per_second", steps * plan.samplesPerStep() / Math.max(seconds, 1e-9));
    values.put("train_steps_per_second", steps / Math.max(seconds, 1e-9));
    values.put("total_flos", plan.flopsPerToken() * tokens);
    add(values);
  }

  private void add(Map<String, Double> values) {
    Map<String, Object> entry = new TreeMap<>(values);
    entry.put("epoch", epoch);
    entry.put("step", step);
    entries.add(entry);
    Map<String, Double> tagged = new LinkedHashMap<>();
    values.forEach((name, value) -> tagged.put(tag(name), value));
    tagged.put("train/epoch", epoch);
    events.add(clock.instant(), step, tagged);
  }

  /** As transformers' TensorBoardCallback does. */
  private static String tag(String name) {
    String evaluated = "eval_";
    return name.startsWith(evaluated)
        ? "eval/" + name.substring(evaluated.length())
        : "train/" + name;
  }

  /** Writes both files, with all steps so far, into an existing folder. */
  public void write(Path folder) {
    logPending();
    Path file = folder.resolve(STATE);
    try {
      Files.writeString(file, json());
      Path runs = folder.resolve(eventFile(plan));
      Files.createDirectories(folder.resolve(EVENTS));
      Files.write(runs, events.bytes());
    } catch (IOException e) {
      throw Problem.ours("UNWRITABLE_FILE", "cannot write: " + e.getMessage(), e)
          .at(Problem.FILE, file);
    }
  }

  private static String eventFile(RunPlan plan) {
    return EVENTS
        + "/events.out.tfevents.%d.%s".formatted(plan.createdAt().getEpochSecond(), plan.name());
  }

  /** The fields of transformers' TrainerState, all of them and no other: it refuses strangers. */
  private String json() throws JsonProcessingException {
    Best found = best;
    Map<String, @Nullable Object> state = new TreeMap<>();
    state.put("best_global_step", found == null ? null : found.step());
    state.put("best_metric", found == null ? null : found.metric());
    state.put("best_model_checkpoint", found == null ? null : "checkpoint-" + found.step());
    state.put("epoch", epoch);
    state.put("eval_steps", plan.evalSteps());
    state.put("global_step", step);
    state.put("is_hyper_param_search", false);
    state.put("is_local_process_zero", true);
    state.put("is_world_process_zero", true);
    state.put("log_history", entries);
    state.put("logging_steps", plan.loggingSteps());
    state.put("max_steps", plan.maxSteps());
    state.put("num_input_tokens_seen", tokens);
    state.put("num_train_epochs", plan.epochs());
    state.put("save_steps", plan.saveSteps());
    state.put("stateful_callbacks", Map.of());
    state.put("total_flos", plan.flopsPerToken() * tokens);
    state.put("train_batch_size", plan.microBatch());
    state.put("trial_name", null);
    state.put("trial_params", null);
    return JSON.writeValueAsString(state) + "\n";
  }
}
