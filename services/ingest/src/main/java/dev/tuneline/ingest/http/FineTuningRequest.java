package dev.tuneline.ingest.http;

import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.Method;
import io.micronaut.json.tree.JsonNode;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of {@code POST /v1/fine_tuning/jobs}: OpenAI's fields, where {@code method} may
 * also name any of ours, {@code deployment} names what clients will call, {@code hyperparameters}
 * may hold any field of {@code TrainingSpec}, and other fields of {@code JobSpec}, such as {@code
 * sweep}, have their own names.
 */
final class FineTuningRequest {
  private static final double DEFAULT_LEARNING_RATE = 1e-3;

  /** Fields that OpenAI's SDKs send; metadata is the caller's own. */
  private static final Set<String> OPENAI =
      Set.of(
          "training_file",
          "validation_file",
          "model",
          "suffix",
          "method",
          "seed",
          "hyperparameters",
          "metadata",
          "deployment");

  /** Fields of {@code JobSpec} under their own names. */
  private static final Set<String> OF_THE_JOB =
      Set.of("dataset_version", "priority", "precision", "lora", "prompt", "sweep");

  /** What OpenAI and transformers' TrainingArguments call fields of {@code TrainingSpec}. */
  private static final Map<String, String> SYNONYMS =
      Map.of(
          "n_epochs", "epochs",
          "num_train_epochs", "epochs",
          "batch_size", "micro_batch_size",
          "per_device_train_batch_size", "micro_batch_size",
          "lr_scheduler_type", "schedule",
          "lr_scheduler_kwargs", "schedule_options",
          "save_steps", "checkpoint_steps");

  private FineTuningRequest() {}

  static JobSpec parse(JsonNode body) {
    if (!body.isObject()) {
      throw wrong("body", "a JSON object");
    }
    JobSpec.Builder spec =
        JobSpec.newBuilder()
            .setDatasetId(required(body, "training_file"))
            .setBaseModel(required(body, "model"))
            .setSuffix(text(body, "suffix", ""))
            .setMethod(method(body));
    String deployment = text(body, "deployment", "");
    if (!deployment.isEmpty()) {
      spec.getDeploymentBuilder().setName(deployment);
    }
    for (var entry : body.entries()) {
      if (!OPENAI.contains(entry.getKey()) && !OF_THE_JOB.contains(entry.getKey())) {
        throw Problem.caller("UNKNOWN_FIELD", "a job has no " + entry.getKey() + " here")
            .at(Problem.FIELD, entry.getKey())
            .mend("leave it out");
      }
    }
    for (String name : OF_THE_JOB) {
      JsonNode node = given(body, name);
      if (node != null) {
        SpecFields.set(spec, name, value(node), name);
      }
    }
    JsonNode seed = given(body, "seed");
    if (seed != null) {
      SpecFields.set(spec.getTrainingBuilder(), "seed", value(seed), "seed");
    }
    refuseValidationFile(body);
    hyperparameters(body, spec);
    methodOptions(body, spec);
    return spec.build();
  }

  private static Method method(JsonNode body) {
    JsonNode method = given(body, "method");
    if (method == null) {
      return Method.METHOD_UNSPECIFIED;
    }
    String name = method.isObject() ? text(method, "type", "") : textOf(method, "method");
    if (name.isEmpty() || name.equals("supervised")) {
      return Method.METHOD_UNSPECIFIED;
    }
    String wanted = "METHOD_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
    return Arrays.stream(Method.values())
        .filter(known -> known.name().equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                Problem.caller("METHOD_NOT_SUPPORTED", "there is no method of the given name")
                    .at(Problem.FIELD, "method")
                    .mend("use lora, rslora or another method of this installation"));
  }

  private static void hyperparameters(JsonNode body, JobSpec.Builder spec) {
    JsonNode outer = given(body, "hyperparameters");
    JsonNode method = given(body, "method");
    if (method != null && method.isObject()) {
      JsonNode named = given(method, text(method, "type", ""));
      JsonNode inner = named == null ? null : given(named, "hyperparameters");
      outer = inner == null ? outer : inner;
    }
    if (outer == null) {
      return;
    }
    if (!outer.isObject()) {
      throw wrong("hyperparameters", "a JSON object");
    }
    var training = spec.getTrainingBuilder();
    for (var entry : outer.entries()) {
      String name = entry.getKey();
      String at = "hyperparameters." + name;
      if (notAuto(outer, name) == null) {
        continue;
      }
      if (name.equals("learning_rate_multiplier")) {
        training.setLearningRate(DEFAULT_LEARNING_RATE * number(entry.getValue(), at));
      } else {
        SpecFields.set(training, SYNONYMS.getOrDefault(name, name), value(entry.getValue()), at);
      }
    }
  }

  /** Splits are the dataset's, by what is in its rows; a second file would be read by nobody. */
  private static void refuseValidationFile(JsonNode body) {
    if (given(body, "validation_file") != null) {
      throw Problem.caller("INVALID_FIELD", "a job has no file of its own for validation")
          .at(Problem.FIELD, "validation_file")
          .mend("leave it out: the training file's dataset has a validation split");
    }
  }

  /** {@code method.<type>.options}, which are the method's own. */
  private static void methodOptions(JsonNode body, JobSpec.Builder spec) {
    JsonNode method = given(body, "method");
    JsonNode named =
        method == null || !method.isObject() ? null : given(method, text(method, "type", ""));
    JsonNode options = named == null ? null : given(named, "options");
    if (options == null) {
      return;
    }
    if (!options.isObject()) {
      throw wrong("method.options", "a JSON object");
    }
    spec.setMethodOptions(value(options).getStructValue());
  }

  private static Value value(JsonNode json) {
    Value.Builder value = Value.newBuilder();
    if (json.isObject()) {
      Struct.Builder struct = value.getStructValueBuilder();
      json.entries().forEach(e -> struct.putFields(e.getKey(), value(e.getValue())));
    } else if (json.isArray()) {
      ListValue.Builder list = value.getListValueBuilder();
      json.values().forEach(element -> list.addValues(value(element)));
    } else if (json.isNumber()) {
      value.setNumberValue(json.getDoubleValue());
    } else if (json.isBoolean()) {
      value.setBoolValue(json.getBooleanValue());
    } else if (json.isString()) {
      value.setStringValue(json.getStringValue());
    } else {
      value.setNullValue(NullValue.NULL_VALUE);
    }
    return value.build();
  }

  private static @Nullable JsonNode notAuto(JsonNode object, String name) {
    JsonNode node = given(object, name);
    return node != null && node.isString() && node.getStringValue().equals("auto") ? null : node;
  }

  private static double number(JsonNode node, String field) {
    if (!node.isNumber()) {
      throw wrong(field, "a number");
    }
    return node.getDoubleValue();
  }

  private static String required(JsonNode body, String name) {
    String value = text(body, name, "");
    if (value.isEmpty()) {
      throw Problem.caller("MISSING_FIELD", name + " is missing")
          .at(Problem.FIELD, name)
          .mend("send " + name);
    }
    return value;
  }

  private static String text(JsonNode object, String name, String unset) {
    JsonNode node = given(object, name);
    return node == null ? unset : textOf(node, name);
  }

  private static String textOf(JsonNode node, String field) {
    if (!node.isString()) {
      throw wrong(field, "a string");
    }
    return node.getStringValue();
  }

  private static @Nullable JsonNode given(JsonNode object, String name) {
    JsonNode node = object.get(name);
    return node == null || node.isNull() ? null : node;
  }

  private static Problem wrong(String field, String allowed) {
    return Problem.caller("INVALID_FIELD", field + " is not " + allowed)
        .at(Problem.FIELD, field)
        .mend("send " + allowed);
  }
}
