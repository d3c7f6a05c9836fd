package dev.tuneline.cli;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.yaml.YamlMessage;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.Method;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** A job's parts as options; what is not given stays as the recipe or the service has it. */
@Command
final class JobOptions {
  /**
   * An option that sets a field.
   *
   * @param field its path in {@code JobSpec}; the type is the field's
   * @param value what the value is called in the help
   */
  private record JobOption(String name, String field, String value, String description) {}

  private static final List<JobOption> OPTIONS =
      List.of(
          option("model", "base_model", "BASE", "base model, e.g. tiny-chat"),
          option(
              "method",
              "method",
              "NAME",
              "lora, rslora, dora, qlora, adalora, ia3, p_tuning_v2, p_tuning, prompt_tuning"
                  + " (lora)"),
          option(
              "precision",
              "precision",
              "NAME",
              "of the base model: fp32, bf16 or nf4 (nf4 for qlora, else fp32)"),
          option("deploy", "deployment.name", "NAME", "deployment that gets the adapter"),
          option("suffix", "suffix", "TEXT", "part of the model's name, ft:BASE:SUFFIX:ID"),
          option(
              "priority",
              "priority",
              "N",
              "-100 to 100; of the waiting jobs the highest is trained first (0)"),
          option("lora-r", "lora.r", "N", "rank (8)"),
          option("lora-alpha", "lora.alpha", "N", "(2 r)"),
          option("lora-dropout", "lora.dropout", "N", "(0)"),
          option("target-modules", "lora.target_modules", "NAME", "e.g. q_proj,v_proj"),
          option(
              "virtual-tokens",
              "prompt.virtual_tokens",
              "N",
              "of p_tuning_v2, p_tuning and prompt_tuning (20)"),
          option(
              "projection",
              "prompt.projection",
              "",
              "p_tuning_v2: let a network make the virtual tokens"),
          option("encoder", "prompt.encoder", "NAME", "p_tuning: mlp or lstm (mlp)"),
          option(
              "encoder-hidden", "prompt.encoder_hidden", "N", "width of the network (a token's)"),
          option(
              "init-text",
              "prompt.init_text",
              "TEXT",
              "prompt_tuning: what the virtual tokens begin as"),
          option(
              "method-option",
              "method_options",
              "KEY=VALUE",
              "an option of the method as in PEFT's adapter_config.json, e.g. tinit=20"),
          training("learning-rate", "N", "(1e-3)"),
          training("epochs", "N", "(3)"),
          training("max-steps", "N", "wins over --epochs"),
          training("micro-batch-size", "N", "examples per forward pass (8)"),
          training("gradient-accumulation-steps", "N", "(1)"),
          training("group-by-length", "", "let a forward pass hold examples of like length"),
          training("gradient-checkpointing", "", "less memory, about a third more time (with nf4)"),
          training("warmup-ratio", "N", "part of all steps (0.05)"),
          training("warmup-steps", "N", "optimizer steps; wins over --warmup-ratio"),
          training(
              "schedule", "NAME", "cosine, linear, constant or another lr_scheduler_type (cosine)"),
          option(
              "schedule-option",
              "training.schedule_options",
              "KEY=VALUE",
              "an option of the schedule as in lr_scheduler_kwargs, e.g. num_cycles=2"),
          training(
              "optim", "NAME", "adamw_torch, or adafactor with next to no memory (adamw_torch)"),
          training("adam-beta1", "N", "(0.9)"),
          training("adam-beta2", "N", "(0.999)"),
          training("adam-epsilon", "N", "(1e-8)"),
          training("weight-decay", "N", "(0)"),
          training("max-grad-norm", "N", "bound of the gradients' norm; 0 for none (1.0)"),
          training("seed", "N", "(42)"),
          training("cutoff-tokens", "N", "longest example (the context)"),
          training("checkpoint-steps", "N", "(25)"),
          training("save-total-limit", "N", "checkpoints to keep beside the best (all)"),
          training(
              "eval-steps",
              "N",
              "steps between measurements of the validation loss (after the last alone)"),
          training("load-best-model-at-end", "", "make the adapter of the lowest validation loss"),
          training(
              "early-stopping-patience",
              "N",
              "measurements without a lower loss after which to end (never)"),
          training("early-stopping-threshold", "N", "(0)"),
          training(
              "max-loss-factor", "N", "stop at a loss so many times its mean; 0 for never (3)"));

  private @Nullable CommandSpec command;

  private static JobOption option(String name, String field, String value, String description) {
    return new JobOption("--" + name, field, value, description);
  }

  private static JobOption training(String name, String value, String description) {
    return option(name, "training." + name.replace('-', '_'), value, description);
  }

  /** Adds the options to the command that has this mixed in. */
  @Spec(Spec.Target.MIXEE)
  void addTo(CommandSpec mixee) {
    command = mixee;
    for (JobOption option : OPTIONS) {
      FieldDescriptor field = field(option.field());
      OptionSpec.Builder spec = OptionSpec.builder(option.name()).description(option.description());
      if (isFree(field)) {
        spec.type(Map.class).auxiliaryTypes(String.class, String.class);
      } else if (field.isRepeated()) {
        spec.type(List.class).auxiliaryTypes(String.class).splitRegex(",");
      } else {
        spec.type(type(field));
      }
      mixee.addOption(
          option.value().isEmpty() ? spec.build() : spec.paramLabel(option.value()).build());
    }
  }

  private static Class<?> type(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case INT -> Integer.class;
      case LONG -> Long.class;
      case FLOAT -> Float.class;
      case DOUBLE -> Double.class;
      case BOOLEAN -> boolean.class;
      case STRING, ENUM -> String.class;
      case BYTE_STRING, MESSAGE -> throw new IllegalStateException("no option for " + field);
    };
  }

  private static boolean isFree(FieldDescriptor field) {
    return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
        && field.getMessageType().equals(Struct.getDescriptor());
  }

  private static FieldDescriptor field(String path) {
    var type = JobSpec.getDescriptor();
    String[] names = path.split("\\.", -1);
    for (int i = 0; i < names.length - 1; i++) {
      type = type.findFieldByName(names[i]).getMessageType();
    }
    return type.findFieldByName(names[names.length - 1]);
  }

  /** The spec with the given options in it. */
  JobSpec over(JobSpec base) {
    JobSpec.Builder spec = base.toBuilder();
    if (spec.getMethod() == Method.METHOD_UNSPECIFIED) {
      spec.setMethod(Method.METHOD_LORA);
    }
    if (command == null) {
      throw new IllegalStateException("mixed into no command");
    }
    for (JobOption option : OPTIONS) {
      if (command.commandLine().getParseResult().hasMatchedOption(option.name())) {
        set(spec, option, command.findOption(option.name()).getValue());
      }
    }
    return spec.build();
  }

  private static void set(Message.Builder job, JobOption option, Object given) {
    FieldDescriptor field = field(option.field());
    Message.Builder message = job;
    String[] names = option.field().split("\\.", -1);
    for (int i = 0; i < names.length - 1; i++) {
      message = message.getFieldBuilder(message.getDescriptorForType().findFieldByName(names[i]));
    }
    if (given instanceof Map<?, ?> options) {
      Struct.Builder struct = ((Struct) message.getField(field)).toBuilder();
      options.forEach(
          (key, text) -> struct.putFields(String.valueOf(key), free(String.valueOf(text))));
      message.setField(field, struct.build());
    } else {
      message.setField(
          field,
          field.getJavaType() == FieldDescriptor.JavaType.ENUM
              ? constant(field.getEnumType(), String.valueOf(given), option.name())
              : given);
    }
  }

  /** JSON where it is JSON, else the text itself. */
  private static Value free(String text) {
    Value.Builder value = Value.newBuilder();
    try {
      JsonFormat.parser().merge(text, value);
      return value.build();
    } catch (InvalidProtocolBufferException e) {
      return Value.newBuilder().setStringValue(text).build();
    }
  }

  private static EnumValueDescriptor constant(EnumDescriptor type, String name, String option) {
    try {
      return YamlMessage.constant(type, name);
    } catch (IllegalArgumentException e) {
      throw Problem.caller("INVALID_VALUE", "'" + name + "' is not a " + type.getName())
          .at(Problem.FIELD, option)
          .mend("use one of " + YamlMessage.constants(type));
    }
  }
}
