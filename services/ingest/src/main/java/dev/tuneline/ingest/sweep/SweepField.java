package dev.tuneline.ingest.sweep;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import com.google.protobuf.Value;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.JobSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A field of a job that trials may differ in, found by its path.
 *
 * @param path as given, e.g. {@code training.learning_rate}
 * @param parents the messages on the way to it
 * @param leaf the field itself; null for an option of the method, which may hold anything
 */
record SweepField(String path, List<FieldDescriptor> parents, @Nullable FieldDescriptor leaf) {
  private static final String OPTIONS = "method_options.";
  private static final Set<String> ROOTS =
      Set.of("method", "precision", "lora", "prompt", "training");

  /**
   * Finds a field.
   *
   * @param at where the path was given, for problems
   * @throws Problem UNKNOWN_FIELD when there is none that trials may differ in
   */
  static SweepField of(String path, String at) {
    if (path.startsWith(OPTIONS) && path.length() > OPTIONS.length()) {
      return new SweepField(path, List.of(), null);
    }
    List<FieldDescriptor> parents = new ArrayList<>();
    var type = JobSpec.getDescriptor();
    String[] names = path.split("\\.", -1);
    for (int i = 0; i < names.length && ROOTS.contains(names[0]); i++) {
      FieldDescriptor field = type.findFieldByName(names[i]);
      if (field == null) {
        break;
      }
      boolean last = i == names.length - 1;
      boolean message = field.getJavaType() == JavaType.MESSAGE;
      if (last && !message) {
        return new SweepField(path, List.copyOf(parents), field);
      }
      if (last || !message || field.isRepeated()) {
        break;
      }
      parents.add(field);
      type = field.getMessageType();
    }
    throw Problem.caller("UNKNOWN_FIELD", "trials cannot differ in '" + path + "'")
        .at(Problem.FIELD, at)
        .mend(
            "give the path of a field below method, precision, lora, prompt, training or"
                + " method_options, such as training.learning_rate");
  }

  boolean isWhole() {
    return leaf != null
        && (leaf.getJavaType() == JavaType.INT || leaf.getJavaType() == JavaType.LONG);
  }

  /** Whether a range of numbers makes sense for it. */
  boolean isNumber() {
    return leaf == null
        || (!leaf.isRepeated() && (isWhole() || leaf.getJavaType() == JavaType.DOUBLE));
  }

  /**
   * Puts a value into the field.
   *
   * @param at where the value was given, for problems
   * @throws Problem INVALID_VALUE when the field cannot hold it
   */
  void set(JobSpec.Builder spec, Value value, String at) {
    FieldDescriptor field = leaf;
    if (field == null) {
      spec.getMethodOptionsBuilder().putFields(path.substring(OPTIONS.length()), value);
      return;
    }
    Message.Builder message = spec;
    for (FieldDescriptor parent : parents) {
      message = message.getFieldBuilder(parent);
    }
    if (!field.isRepeated()) {
      message.setField(field, scalar(field, value, at));
      return;
    }
    if (!value.hasListValue()) {
      throw wrong(at, "a list");
    }
    message.clearField(field);
    for (Value element : value.getListValue().getValuesList()) {
      message.addRepeatedField(field, scalar(field, element, at));
    }
  }

  private static Object scalar(FieldDescriptor field, Value value, String at) {
    return switch (field.getJavaType()) {
      case INT -> Math.toIntExact(whole(value, Integer.MAX_VALUE, at));
      case LONG -> whole(value, 1L << 53, at);
      case DOUBLE -> number(value, at);
      case FLOAT -> (float) number(value, at);
      case BOOLEAN -> {
        if (!value.hasBoolValue()) {
          throw wrong(at, "true or false");
        }
        yield value.getBoolValue();
      }
      case STRING -> {
        if (!value.hasStringValue()) {
          throw wrong(at, "text");
        }
        yield value.getStringValue();
      }
      case ENUM -> constant(field.getEnumType(), value, at);
      case BYTE_STRING, MESSAGE -> throw wrong(at, "another field");
    };
  }

  /** YAML reads 1e-3 as text. */
  private static double number(Value value, String at) {
    if (value.hasNumberValue()) {
      return value.getNumberValue();
    }
    try {
      return Double.parseDouble(value.getStringValue());
    } catch (NumberFormatException e) {
      throw wrong(at, "a number").causedBy(e);
    }
  }

  private static long whole(Value value, long max, String at) {
    double number = number(value, at);
    if (number != Math.rint(number) || Math.abs(number) > max) {
      throw wrong(at, "a whole number");
    }
    return (long) number;
  }

  /** A constant by its name, with or without the prefix of its type. */
  private static Object constant(EnumDescriptor type, Value value, String at) {
    String wanted = value.getStringValue().toUpperCase(Locale.ROOT).replace('-', '_');
    String unspecified = type.getValues().getFirst().getName();
    String prefix = unspecified.substring(0, unspecified.length() - "UNSPECIFIED".length());
    return type.getValues().stream()
        .skip(1)
        .filter(v -> v.getName().equals(wanted) || v.getName().equals(prefix + wanted))
        .findFirst()
        .orElseThrow(() -> wrong(at, "the name of a " + type.getName()));
  }

  private static Problem wrong(String at, String allowed) {
    return Problem.caller("INVALID_VALUE", "a value of the sweep does not fit its field")
        .at(Problem.FIELD, at)
        .mend("give " + allowed);
  }
}
