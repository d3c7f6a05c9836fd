package dev.tuneline.trainer.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Value;

/** The value of an option of a job's method. */
final class MethodOption {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private MethodOption() {}

  /** The same as JSON; whole numbers, which the wire has as fractions, are integers again. */
  static JsonNode json(Value value) {
    return switch (value.getKindCase()) {
      case BOOL_VALUE -> JSON.booleanNode(value.getBoolValue());
      case STRING_VALUE -> JSON.textNode(value.getStringValue());
      case NUMBER_VALUE -> number(value.getNumberValue());
      case LIST_VALUE -> {
        ArrayNode array = JSON.arrayNode();
        value.getListValue().getValuesList().forEach(element -> array.add(json(element)));
        yield array;
      }
      case STRUCT_VALUE -> {
        ObjectNode object = JSON.objectNode();
        value.getStructValue().getFieldsMap().forEach((key, of) -> object.set(key, json(of)));
        yield object;
      }
      case NULL_VALUE, KIND_NOT_SET -> JSON.nullNode();
    };
  }

  private static JsonNode number(double number) {
    boolean whole = number == Math.rint(number) && Math.abs(number) < Integer.MAX_VALUE;
    return whole ? JSON.numberNode((int) number) : JSON.numberNode(number);
  }
}
