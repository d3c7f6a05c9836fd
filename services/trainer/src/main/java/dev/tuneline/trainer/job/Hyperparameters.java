package dev.tuneline.trainer.job;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.training.OptimizerSpec;
import dev.tuneline.engine.training.ScheduleSpec;
import dev.tuneline.engine.training.TrainingSpec;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.LoraSpec;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.PromptSpec;
import dev.tuneline.proto.v1.Schedule;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An accepted job's numbers as the engine takes them. Nothing is added to them: whoever accepted
 * the job filled in the defaults.
 */
final class Hyperparameters {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  /** The engine's names for what people set in a job. */
  private static final Map<String, String> FIELDS =
      Map.ofEntries(
          Map.entry("r", "spec.lora.r"),
          Map.entry("lora_alpha", "spec.lora.alpha"),
          Map.entry("lora_dropout", "spec.lora.dropout"),
          Map.entry("target_r", "spec.lora.r"),
          Map.entry("init_r", "spec.lora.r"),
          Map.entry("target_modules", "spec.lora.target_modules"),
          Map.entry("num_virtual_tokens", "spec.prompt.virtual_tokens"),
          Map.entry("encoder_hidden_size", "spec.prompt.encoder_hidden"),
          Map.entry("encoder_reparameterization_type", "spec.prompt.encoder"),
          Map.entry("encoder_num_layers", "spec.prompt.encoder_layers"),
          Map.entry("encoder_dropout", "spec.prompt.encoder_dropout"),
          Map.entry("prompt_tuning_init", "spec.prompt.init"),
          Map.entry("prompt_tuning_init_text", "spec.prompt.init_text"),
          Map.entry("method", "spec.method"),
          Map.entry("precision", "spec.precision"),
          Map.entry("learning_rate", "spec.training.learning_rate"),
          Map.entry("weight_decay", "spec.training.weight_decay"),
          Map.entry("max_grad_norm", "spec.training.max_grad_norm"),
          Map.entry("optim", "spec.training.optim"),
          Map.entry("adam_beta1", "spec.training.adam_beta1"),
          Map.entry("adam_beta2", "spec.training.adam_beta2"),
          Map.entry("adam_epsilon", "spec.training.adam_epsilon"),
          Map.entry("max_loss_factor", "spec.training.max_loss_factor"),
          Map.entry("epochs", "spec.training.epochs"),
          Map.entry("max_steps", "spec.training.max_steps"),
          Map.entry("micro_batch", "spec.training.micro_batch_size"),
          Map.entry("gradient_accumulation", "spec.training.gradient_accumulation_steps"));

  /** What it makes is a model folder, which is not deployed beside others over one base model. */
  private static final String WITHOUT_ADAPTER = "full";

  private final JobSpec spec;

  Hyperparameters(JobSpec spec) {
    this.spec = spec;
  }

  long seed() {
    return spec.getTraining().getSeed();
  }

  int microBatch() {
    return spec.getTraining().getMicroBatchSize();
  }

  /**
   * The engine's name of the method.
   *
   * @throws Problem METHOD_NOT_SUPPORTED
   */
  String method() {
    String name = spec.getMethod().name().substring("METHOD_".length()).toLowerCase(Locale.ROOT);
    List<String> known = Methods.names().stream().filter(m -> !m.equals(WITHOUT_ADAPTER)).toList();
    if (!known.contains(name)) {
      throw Problem.caller("METHOD_NOT_SUPPORTED", "this trainer does not know " + spec.getMethod())
          .at(Problem.FIELD, "spec.method")
          .mend("use one of " + known);
    }
    return name;
  }

  /** How the base model is held. */
  Precision precision() {
    return switch (spec.getPrecision()) {
      case PRECISION_UNSPECIFIED, PRECISION_FP32 -> Precision.FP32;
      case PRECISION_BF16 -> Precision.BF16;
      case PRECISION_NF4 -> Precision.NF4;
      case UNRECOGNIZED -> throw outOfRange("spec.precision", spec.getPrecisionValue());
    };
  }

  /** The method's options as PEFT's keys. */
  ObjectNode options(BaseModel base) {
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    switch (spec.getMethod()) {
      case METHOD_LORA, METHOD_RSLORA, METHOD_DORA, METHOD_ADALORA, METHOD_QLORA ->
          lora(options, base);
      case METHOD_P_TUNING_V2, METHOD_P_TUNING, METHOD_PROMPT_TUNING -> prompt(options);
      case METHOD_IA3, METHOD_FULL, METHOD_UNSPECIFIED, UNRECOGNIZED -> {}
    }
    spec.getMethodOptions()
        .getFieldsMap()
        .forEach((key, value) -> options.set(key, MethodOption.json(value)));
    return options;
  }

  private void prompt(ObjectNode options) {
    PromptSpec prompt = spec.getPrompt();
    options.put("num_virtual_tokens", prompt.getVirtualTokens());
    if (spec.getMethod() == Method.METHOD_PROMPT_TUNING) {
      options.put("prompt_tuning_init", peftName(prompt.getInit(), "PROMPT_INIT_"));
      options.put("prompt_tuning_init_text", prompt.getInitText());
      return;
    }
    if (prompt.getEncoderHidden() > 0) {
      options.put("encoder_hidden_size", prompt.getEncoderHidden());
    }
    if (spec.getMethod() == Method.METHOD_P_TUNING_V2) {
      options.put("prefix_projection", prompt.getProjection());
      return;
    }
    options.put(
        "encoder_reparameterization_type", peftName(prompt.getEncoder(), "PROMPT_ENCODER_"));
    options.put("encoder_num_layers", prompt.getEncoderLayers());
    options.put("encoder_dropout", prompt.getEncoderDropout());
  }

  private static String peftName(Enum<?> constant, String prefix) {
    return constant.name().substring(prefix.length());
  }

  private void lora(ObjectNode options, BaseModel base) {
    LoraSpec lora = spec.getLora();
    if (spec.getMethod() == Method.METHOD_ADALORA) {
      options.put("target_r", lora.getR());
      options.put("init_r", Math.ceilDiv(3 * lora.getR(), 2));
    } else {
      options.put("r", lora.getR());
    }
    options.put("lora_alpha", lora.getAlpha());
    options.put("lora_dropout", lora.getDropout());
    Collection<String> targets =
        lora.getTargetModulesCount() == 0 ? allLinear(base) : lora.getTargetModulesList();
    targets.forEach(options.putArray("target_modules")::add);
  }

  /** The last parts of the names of all linear layers of the decoder. */
  private static List<String> allLinear(BaseModel base) {
    return base.decoder().linears().values().stream()
        .filter(linear -> !linear.isHead())
        .map(linear -> linear.module().substring(linear.module().lastIndexOf('.') + 1))
        .distinct()
        .toList();
  }

  /**
   * The loop's settings for so many examples.
   *
   * @throws Problem of the caller, naming the field that is out of range
   */
  TrainingSpec training(int examples) {
    var training = spec.getTraining();
    require(
        training.getMicroBatchSize() > 0,
        "spec.training.micro_batch_size",
        training.getMicroBatchSize());
    int accumulation = training.getGradientAccumulationSteps();
    require(accumulation > 0, "spec.training.gradient_accumulation_steps", accumulation);
    int stepsPerEpoch =
        Math.ceilDiv(Math.ceilDiv(examples, training.getMicroBatchSize()), accumulation);
    int steps = totalSteps(stepsPerEpoch);
    try {
      return new TrainingSpec(
          Math.ceilDiv(steps, stepsPerEpoch),
          steps,
          training.getMicroBatchSize(),
          accumulation,
          optimizer(),
          schedule(),
          TrainingSpec.LossMean.TOKENS,
          true,
          seed(),
          training.getGradientCheckpointing(),
          training.getGroupByLength(),
          training.getMaxLossFactor());
    } catch (Problem problem) {
      throw inWordsOfTheJob(problem);
    }
  }

  private int totalSteps(int stepsPerEpoch) {
    var training = spec.getTraining();
    long asked = training.getMaxSteps();
    require(asked >= 0 && asked <= Integer.MAX_VALUE, "spec.training.max_steps", asked);
    if (asked > 0) {
      return (int) asked;
    }
    double steps = Math.ceil(training.getEpochs() * stepsPerEpoch);
    require(steps >= 1 && steps <= Integer.MAX_VALUE, "spec.training.epochs", training.getEpochs());
    return (int) steps;
  }

  private OptimizerSpec optimizer() {
    var training = spec.getTraining();
    return new OptimizerSpec(
        training.getOptim().isEmpty()
            ? OptimizerSpec.Kind.ADAMW
            : OptimizerSpec.Kind.named(training.getOptim()),
        training.getLearningRate(),
        training.hasAdamBeta1() ? training.getAdamBeta1() : BETA1,
        training.hasAdamBeta2() ? training.getAdamBeta2() : BETA2,
        training.hasAdamEpsilon() ? training.getAdamEpsilon() : EPSILON,
        training.getWeightDecay(),
        training.getMaxGradNorm());
  }

  private ScheduleSpec schedule() {
    var training = spec.getTraining();
    double ratio = training.getWarmupRatio();
    require(ratio >= 0 && ratio < 1, "spec.training.warmup_ratio", ratio);
    long steps = training.getWarmupSteps();
    require(steps >= 0 && steps <= Integer.MAX_VALUE, "spec.training.warmup_steps", steps);
    Schedule schedule = training.getSchedule();
    require(
        schedule != Schedule.SCHEDULE_UNSPECIFIED && schedule != Schedule.UNRECOGNIZED,
        "spec.training.schedule",
        schedule);
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    training
        .getScheduleOptions()
        .getFieldsMap()
        .forEach((key, value) -> options.set(key, MethodOption.json(value)));
    return new ScheduleSpec(
        ScheduleSpec.Kind.named(peftName(schedule, "SCHEDULE_").toLowerCase(Locale.ROOT)),
        (int) steps,
        training.hasWarmupSteps() ? 0 : ratio,
        options);
  }

  /** What happens between which steps. */
  Milestones milestones() {
    var training = spec.getTraining();
    long steps = training.getCheckpointSteps();
    require(steps > 0, "spec.training.checkpoint_steps", steps);
    return new Milestones(
        steps,
        training.getEvalSteps(),
        training.getLoadBestModelAtEnd(),
        training.getEarlyStoppingPatience(),
        training.getEarlyStoppingThreshold(),
        training.getSaveTotalLimit());
  }

  /**
   * Refuses a job that follows validation losses and has no validation split.
   *
   * @throws Problem NO_VALIDATION_SPLIT
   */
  void requireValidation(boolean present) {
    var training = spec.getTraining();
    boolean needed =
        training.getLoadBestModelAtEnd()
            || training.getEarlyStoppingPatience() > 0
            || training.getSchedule() == Schedule.SCHEDULE_REDUCE_LR_ON_PLATEAU;
    if (needed && !present) {
      throw Problem.caller(
              "NO_VALIDATION_SPLIT", "the job follows the validation loss, and there is none")
          .at(Problem.FIELD, "spec.training.eval_steps")
          .mend(
              "give the dataset a validation split, or leave out load_best_model_at_end, "
                  + "early_stopping_patience and reduce_lr_on_plateau");
    }
  }

  /** A problem of the engine with the field that the job's owner knows. */
  Problem inWordsOfTheJob(Problem problem) {
    String key = problem.details().getOrDefault(Problem.FIELD, "");
    if (spec.getMethodOptions().containsFields(key)) {
      return problem.at(Problem.FIELD, "spec.method_options." + key);
    }
    String field = key.startsWith("schedule_options.") ? "spec.training." + key : FIELDS.get(key);
    return field == null ? problem : problem.at(Problem.FIELD, field);
  }

  private static void require(boolean holds, String field, Object value) {
    if (!holds) {
      throw outOfRange(field, value);
    }
  }

  private static Problem outOfRange(String field, Object value) {
    return Problem.caller("INVALID_FIELD", field + " is " + value)
        .at(Problem.FIELD, field)
        .mend("give a value in its range, or leave it out for the default");
  }
}
