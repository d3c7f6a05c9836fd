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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of {@code POST /v1/fine_tuning/jobs}: OpenAI's fields, where {@code method} may
 * also name any of ours, {@code deployment} names what clients will call, and {@code
 * hyperparameters} may hold any field of {@code TrainingSpec}.
 */
final class FineTuningRequest {
  private static final double DEFAULT_LEARNING_RATE = 1e-3;

  /** Hyperparameters that are OpenAI's, and its learning rate without a multiplier. */
  private static final Set<String> OPENAI =
      Set.of("n_epochs", "batch_size", "learning_rate_multiplier", "learning_rate");

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
    JsonNode seed = given(body, "seed");
    if (seed != null) {
      spec.getTrainingBuilder().setSeed((long) number(seed, "seed"));
    }
    JsonNode priority = given(body, "priority");
    if (priority != null) {
      double value = priority.isNumber() ? priority.getDoubleValue() : Double.NaN;
      if (value != Math.rint(value)) {
        throw wrong("priority", "a whole number");
      }
      spec.setPriority((int) value);
    }
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
    JsonNode epochs = notAuto(outer, "n_epochs");
    if (epochs != null) {
      training.setEpochs(number(epochs, "hyperparameters.n_epochs"));
    }
    JsonNode batch = notAuto(outer, "batch_size");
    if (batch != null) {
      training.setMicroBatchSize((int) number(batch, "hyperparameters.batch_size"));
    }
    JsonNode multiplier = notAuto(outer, "learning_rate_multiplier");
    if (multiplier != null) {
      training.setLearningRate(
          DEFAULT_LEARNING_RATE * number(multiplier, "hyperparameters.learning_rate_multiplier"));
    }
    JsonNode rate = notAuto(outer, "learning_rate");
    if (rate != null) {
      training.setLearningRate(number(rate, "hyperparameters.learning_rate"));
    }
    for (var entry : outer.entries()) {
      if (!OPENAI.contains(entry.getKey()) && notAuto(outer, entry.getKey()) != null) {
        TrainingFields.set(training, entry.getKey(), value(entry.getValue()));
      }
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
    double value = node.getDoubleValue();
    if (value == 0) {
      throw wrong(field, "a number other than 0");
    }
    return value;
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
