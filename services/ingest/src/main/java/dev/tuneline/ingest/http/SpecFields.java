package dev.tuneline.ingest.http;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.tuneline.errors.Problem;
import java.util.List;
import java.util.Locale;

/**
 * Sets fields of a job's messages from JSON: protobuf's own mapping, in which constants may also be
 * written short ({@code cosine} for {@code SCHEDULE_COSINE}).
 */
final class SpecFields {
  private SpecFields() {}

  /**
   * Sets one field; a null leaves it as it is.
   *
   * @param name in the message
   * @param at where the value stands in the request, for problems
   * @throws Problem UNKNOWN_FIELD or INVALID_FIELD
   */
  static void set(Message.Builder message, String name, Value value, String at) {
    FieldDescriptor field = message.getDescriptorForType().findFieldByName(name);
    if (field == null) {
      throw Problem.caller("UNKNOWN_FIELD", "there is no such field")
          .at(Problem.FIELD, at)
          .mend(
              "use the fields of %s in job.proto"
                  .formatted(message.getDescriptorForType().getName()));
    }
    if (value.hasNullValue()) {
      return;
    }
    if (!field.isRepeated()) {
      one(message, field, value, at);
      return;
    }
    if (!value.hasListValue()) {
      throw wrong(at, "a list");
    }
    List<Value> elements = value.getListValue().getValuesList();
    for (int i = 0; i < elements.size(); i++) {
      one(message, field, elements.get(i), "%s[%d]".formatted(at, i));
    }
  }

  private static void one(Message.Builder message, FieldDescriptor field, Value value, String at) {
    if (field.getJavaType() == JavaType.MESSAGE && !isFree(field)) {
      if (!value.hasStructValue()) {
        throw wrong(at, "an object");
      }
      Message.Builder child =
          field.isRepeated() || !message.hasField(field)
              ? message.newBuilderForField(field)
              : ((Message) message.getField(field)).toBuilder();
      value
          .getStructValue()
          .getFieldsMap()
          .forEach((name, inner) -> set(child, name, inner, at + "." + name));
      put(message, field, child.build());
      return;
    }
    Value written = field.getJavaType() == JavaType.ENUM ? constant(field, value, at) : value;
    Value json =
        field.isRepeated()
            ? Value.newBuilder().setListValue(ListValue.newBuilder().addValues(written)).build()
            : written;
    Message.Builder alone = message.build().newBuilderForType();
    try {
      JsonFormat.parser()
          .merge(
              JsonFormat.printer().print(Struct.newBuilder().putFields(field.getName(), json)),
              alone);
    } catch (InvalidProtocolBufferException e) {
      throw wrong(at, expected(field)).causedBy(e);
    }
    message.mergeFrom(alone.build());
  }

  private static void put(Message.Builder message, FieldDescriptor field, Message value) {
    if (field.isRepeated()) {
      message.addRepeatedField(field, value);
    } else {
      message.setField(field, value);
    }
  }

  /** Whether it holds any JSON. */
  private static boolean isFree(FieldDescriptor field) {
    return field.getMessageType().equals(Struct.getDescriptor())
        || field.getMessageType().equals(Value.getDescriptor());
  }

  private static Value constant(FieldDescriptor field, Value value, String at) {
    EnumDescriptor type = field.getEnumType();
    String wanted = value.getStringValue().toUpperCase(Locale.ROOT).replace('-', '_');
    String prefix = prefix(type);
    return type.getValues().stream()
        .skip(1)
        .map(constant -> constant.getName())
        .filter(name -> name.equals(wanted) || name.equals(prefix + wanted))
        .findFirst()
        .map(name -> Value.newBuilder().setStringValue(name).build())
        .orElseThrow(() -> wrong(at, expected(field)));
  }

  private static String prefix(EnumDescriptor type) {
    String unspecified = type.getValues().getFirst().getName();
    return unspecified.substring(0, unspecified.length() - "UNSPECIFIED".length());
  }

  private static String expected(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case INT, LONG -> "a whole number";
      case FLOAT, DOUBLE -> "a number";
      case BOOLEAN -> "true or false";
      case STRING, BYTE_STRING -> "a string";
      case MESSAGE -> "an object";
      case ENUM ->
          "one of "
              + field.getEnumType().getValues().stream()
                  .skip(1)
                  .map(v -> v.getName().substring(prefix(field.getEnumType()).length()))
                  .map(name -> name.toLowerCase(Locale.ROOT))
                  .toList();
    };
  }

  private static Problem wrong(String at, String allowed) {
    return Problem.caller("INVALID_FIELD", at + " is not " + allowed)
        .at(Problem.FIELD, at)
        .mend("send " + allowed);
  }
}
