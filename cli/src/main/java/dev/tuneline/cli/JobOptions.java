package dev.tuneline.cli;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.LoraSpec;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.Precision;
import dev.tuneline.proto.v1.PromptEncoder;
import dev.tuneline.proto.v1.PromptSpec;
import dev.tuneline.proto.v1.Schedule;
import dev.tuneline.proto.v1.TrainingSpec;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A job's parts as options; what is not given stays as the recipe or the service has it. */
final class JobOptions {
  @Option(names = "--model", paramLabel = "BASE", description = "base model, e.g. tiny-chat")
  private @Nullable String model;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      description =
          "lora, rslora, dora, qlora, adalora, ia3, p_tuning_v2, p_tuning, prompt_tuning (lora)")
  private @Nullable String method;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description = "of the base model: fp32, bf16 or nf4 (nf4 for qlora, else fp32)")
  private @Nullable String precision;

  @Option(names = "--deploy", paramLabel = "NAME", description = "deployment that gets the adapter")
  private @Nullable String deploy;

  @Option(
      names = "--suffix",
      paramLabel = "TEXT",
      description = "part of the model's name, ft:BASE:SUFFIX:ID")
  private @Nullable String suffix;

  @Option(
      names = "--priority",
      paramLabel = "N",
      description = "-100 to 100; of the waiting jobs the highest is trained first (0)")
  private @Nullable Integer priority;

  @Option(names = "--lora-r", paramLabel = "N", description = "rank (8)")
  private @Nullable Integer loraR;

  @Option(names = "--lora-alpha", paramLabel = "N", description = "(2 r)")
  private @Nullable Double loraAlpha;

  @Option(names = "--lora-dropout", paramLabel = "N", description = "(0)")
  private @Nullable Double loraDropout;

  @Option(
      names = "--target-modules",
      paramLabel = "NAME",
      split = ",",
      description = "e.g. q_proj,v_proj")
  private List<String> targetModules = List.of();

  @Option(
      names = "--virtual-tokens",
      paramLabel = "N",
      description = "of p_tuning_v2, p_tuning and prompt_tuning (20)")
  private @Nullable Integer virtualTokens;

  @Option(
      names = "--projection",
      description = "p_tuning_v2: let a network make the virtual tokens")
  private boolean projection;

  @Option(names = "--encoder", paramLabel = "NAME", description = "p_tuning: mlp or lstm (mlp)")
  private @Nullable String encoder;

  @Option(
      names = "--encoder-hidden",
      paramLabel = "N",
      description = "width of the network (a token's)")
  private @Nullable Integer encoderHidden;

  @Option(
      names = "--init-text",
      paramLabel = "TEXT",
      description = "prompt_tuning: what the virtual tokens begin as")
  private @Nullable String initText;

  @Option(
      names = "--method-option",
      paramLabel = "KEY=VALUE",
      description = "an option of the method as in PEFT's adapter_config.json, e.g. tinit=20")
  private Map<String, String> methodOptions = Map.of();

  @Option(names = "--learning-rate", paramLabel = "N", description = "(1e-3)")
  private @Nullable Double learningRate;

  @Option(names = "--epochs", paramLabel = "N", description = "(3)")
  private @Nullable Double epochs;

  @Option(names = "--max-steps", paramLabel = "N", description = "wins over --epochs")
  private @Nullable Long maxSteps;

  @Option(
      names = "--micro-batch-size",
      paramLabel = "N",
      description = "examples per forward pass (8)")
  private @Nullable Integer microBatchSize;

  @Option(names = "--gradient-accumulation-steps", paramLabel = "N", description = "(1)")
  private @Nullable Integer gradientAccumulationSteps;

  @Option(names = "--warmup-ratio", paramLabel = "N", description = "part of all steps (0.05)")
  private @Nullable Double warmupRatio;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      description = "cosine, linear, constant or another lr_scheduler_type (cosine)")
  private @Nullable String schedule;

  @Option(names = "--weight-decay", paramLabel = "N", description = "(0)")
  private @Nullable Double weightDecay;

  @Option(names = "--max-grad-norm", paramLabel = "N", description = "(1.0)")
  private @Nullable Double maxGradNorm;

  @Option(names = "--seed", paramLabel = "N", description = "(42)")
  private @Nullable Long seed;

  @Option(
      names = "--cutoff-tokens",
      paramLabel = "N",
      description = "longest example (the context)")
  private @Nullable Integer cutoffTokens;

  @Option(names = "--checkpoint-steps", paramLabel = "N", description = "(25)")
  private @Nullable Long checkpointSteps;

  @Mixin private LoopOptions loop = new LoopOptions();

  /** The spec with the given options in it. */
  JobSpec over(JobSpec base) {
    JobSpec.Builder spec = base.toBuilder();
    if (model != null) {
      spec.setBaseModel(model);
    }
    if (method != null) {
      spec.setMethodValue(constant(Method.getDescriptor(), method, "--method"));
    } else if (spec.getMethod() == Method.METHOD_UNSPECIFIED) {
      spec.setMethod(Method.METHOD_LORA);
    }
    if (precision != null) {
      spec.setPrecisionValue(constant(Precision.getDescriptor(), precision, "--precision"));
    }
    if (deploy != null) {
      spec.getDeploymentBuilder().setName(deploy);
    }
    if (suffix != null) {
      spec.setSuffix(suffix);
    }
    if (priority != null) {
      spec.setPriority(priority);
    }
    lora(spec);
    methodOptions.forEach(
        (key, text) -> spec.getMethodOptionsBuilder().putFields(key, optionValue(text)));
    prompt(spec);
    training(spec.getTrainingBuilder());
    return spec.build();
  }

  private void lora(JobSpec.Builder spec) {
    LoraSpec.Builder lora = spec.getLora().toBuilder();
    if (loraR != null) {
      lora.setR(loraR);
    }
    if (loraAlpha != null) {
      lora.setAlpha(loraAlpha);
    }
    if (loraDropout != null) {
      lora.setDropout(loraDropout);
    }
    if (!targetModules.isEmpty()) {
      lora.clearTargetModules().addAllTargetModules(targetModules);
    }
    LoraSpec given = lora.build();
    if (!given.equals(LoraSpec.getDefaultInstance())) {
      spec.setLora(given);
    }
  }

  /** JSON where it is JSON, else the text itself. */
  private static Value optionValue(String text) {
    Value.Builder value = Value.newBuilder();
    try {
      JsonFormat.parser().merge(text, value);
      return value.build();
    } catch (InvalidProtocolBufferException e) {
      return Value.newBuilder().setStringValue(text).build();
    }
  }

  private void prompt(JobSpec.Builder spec) {
    PromptSpec.Builder prompt = spec.getPrompt().toBuilder();
    if (virtualTokens != null) {
      prompt.setVirtualTokens(virtualTokens);
    }
    if (projection) {
      prompt.setProjection(true);
    }
    if (encoder != null) {
      prompt.setEncoderValue(constant(PromptEncoder.getDescriptor(), encoder, "--encoder"));
    }
    if (encoderHidden != null) {
      prompt.setEncoderHidden(encoderHidden);
    }
    if (initText != null) {
      prompt.setInitText(initText);
    }
    PromptSpec given = prompt.build();
    if (!given.equals(PromptSpec.getDefaultInstance())) {
      spec.setPrompt(given);
    }
  }

  private void training(TrainingSpec.Builder training) {
    if (learningRate != null) {
      training.setLearningRate(learningRate);
    }
    if (epochs != null) {
      training.setEpochs(epochs);
    }
    if (maxSteps != null) {
      training.setMaxSteps(maxSteps);
    }
    if (microBatchSize != null) {
      training.setMicroBatchSize(microBatchSize);
    }
    if (gradientAccumulationSteps != null) {
      training.setGradientAccumulationSteps(gradientAccumulationSteps);
    }
    if (warmupRatio != null) {
      training.setWarmupRatio(warmupRatio);
    }
    if (schedule != null) {
      training.setScheduleValue(constant(Schedule.getDescriptor(), schedule, "--schedule"));
    }
    if (weightDecay != null) {
      training.setWeightDecay(weightDecay);
    }
    if (maxGradNorm != null) {
      training.setMaxGradNorm(maxGradNorm);
    }
    if (seed != null) {
      training.setSeed(seed);
    }
    if (cutoffTokens != null) {
      training.setCutoffTokens(cutoffTokens);
    }
    if (checkpointSteps != null) {
      training.setCheckpointSteps(checkpointSteps);
    }
    loop.over(training, JobOptions::optionValue);
  }

  private static int constant(EnumDescriptor type, String name, String option) {
    try {
      return YamlMessage.constant(type, name).getNumber();
    } catch (IllegalArgumentException e) {
      throw Problem.caller("INVALID_VALUE", "'" + name + "' is not a " + type.getName())
          .at(Problem.FIELD, option)
          .mend("use one of " + YamlMessage.constants(type));
    }
  }
}
