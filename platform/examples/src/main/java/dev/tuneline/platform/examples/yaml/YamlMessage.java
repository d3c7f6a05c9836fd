package dev.tuneline.platform.examples.yaml;

import static dev.tuneline.errors.Problem.FIELD;
import static dev.tuneline.errors.Problem.FILE;
import static dev.tuneline.errors.Problem.LINE;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.tuneline.errors.Problem;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Reads a YAML mapping into a protobuf message: keys are the message's field names, enum values are
 * written without their prefix ({@code lora} for {@code METHOD_LORA}). An unknown key or a value of
 * the wrong type is one problem that names file, line and field.
 */
public final class YamlMessage {
  private static final Map<FieldDescriptor.JavaType, BiFunction<FieldDescriptor, String, Object>>
      SCALARS =
          Map.of(
              FieldDescriptor.JavaType.INT, (field, text) -> Integer.valueOf(plain(text)),
              FieldDescriptor.JavaType.LONG, (field, text) -> Long.valueOf(plain(text)),
              FieldDescriptor.JavaType.FLOAT, (field, text) -> Float.valueOf(plain(text)),
              FieldDescriptor.JavaType.DOUBLE, (field, text) -> Double.valueOf(plain(text)),
              FieldDescriptor.JavaType.BOOLEAN, (field, text) -> bool(text),
              FieldDescriptor.JavaType.STRING, (field, text) -> text,
              FieldDescriptor.JavaType.ENUM, (field, text) -> constant(field.getEnumType(), text));

  private final String file;

  /**
   * @param file the file's name, for problems
   */
  public YamlMessage(String file) {
    this.file = file;
  }

  /**
   * Sets the builder's fields from a mapping.
   *
   * @param path dotted path of the mapping within the file; empty at its root
   */
  public void read(Node node, String path, Message.Builder into) {
    Descriptor type = into.getDescriptorForType();
    for (NodeTuple entry : mapping(node, path).getValue()) {
      String key = scalar(entry.getKeyNode(), path);
      String at = path.isEmpty() ? key : path + "." + key;
      FieldDescriptor field = type.findFieldByName(key);
      if (field == null) {
        throw problem("UNKNOWN_FIELD", "unknown key '" + key + "'", entry.getKeyNode(), at)
            .mend("use one of " + names(type));
      }
      set(entry.getValueNode(), at, field, into);
    }
  }

  private void set(Node node, String path, FieldDescriptor field, Message.Builder into) {
    if (field.isMapField()) {
      for (NodeTuple entry : mapping(node, path).getValue()) {
        FieldDescriptor key = field.getMessageType().findFieldByName("key");
        FieldDescriptor value = field.getMessageType().findFieldByName("value");
        Message.Builder pair = into.newBuilderForField(field);
        pair.setField(key, value(entry.getKeyNode(), path, key, pair));
        pair.setField(value, value(entry.getValueNode(), path, value, pair));
        into.addRepeatedField(field, pair.build());
      }
    } else if (field.isRepeated()) {
      if (!(node instanceof SequenceNode sequence)) {
        throw problem("INVALID_VALUE", "a list is expected", node, path)
            .mend("write it as [one, two]");
      }
      for (Node element : sequence.getValue()) {
        into.addRepeatedField(field, value(element, path, field, into));
      }
    } else {
      into.setField(field, value(node, path, field, into));
    }
  }

  private Object value(Node node, String path, FieldDescriptor field, Message.Builder into) {
    if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
      if (field.getMessageType().equals(Struct.getDescriptor())) {
        return struct(mapping(node, path), path);
      }
      if (field.getMessageType().equals(Value.getDescriptor())) {
        return free(node, path);
      }
      Message.Builder child = into.newBuilderForField(field);
      read(node, path, child);
      return child.build();
    }
    String text = scalar(node, path);
    BiFunction<FieldDescriptor, String, Object> reader = SCALARS.get(field.getJavaType());
    if (reader == null) {
      throw problem("INVALID_VALUE", "this field cannot be set from a file", node, path);
    }
    try {
      return reader.apply(field, text);
    } catch (IllegalArgumentException e) {
      throw problem(
              "INVALID_VALUE", "'" + text + "' is not a value of " + field.getName(), node, path)
          .mend("write " + expected(field));
    }
  }

  private Struct struct(MappingNode node, String path) {
    Struct.Builder struct = Struct.newBuilder();
    for (NodeTuple entry : node.getValue()) {
      String key = scalar(entry.getKeyNode(), path);
      struct.putFields(key, free(entry.getValueNode(), path + "." + key));
    }
    return struct.build();
  }

  /** A value of any type; a plain scalar has the type that YAML gives it. */
  private Value free(Node node, String path) {
    Value.Builder value = Value.newBuilder();
    if (node instanceof MappingNode mapping) {
      return value.setStructValue(struct(mapping, path)).build();
    }
    if (node instanceof SequenceNode sequence) {
      for (Node element : sequence.getValue()) {
        value.getListValueBuilder().addValues(free(element, path));
      }
      return value.setListValue(value.getListValueBuilder()).build();
    }
    String text = scalar(node, path);
    Tag tag = node.getTag();
    if (tag.equals(Tag.BOOL)) {
      return value.setBoolValue(bool(text)).build();
    }
    if (tag.equals(Tag.INT) || tag.equals(Tag.FLOAT)) {
      return value.setNumberValue(Double.parseDouble(plain(text))).build();
    }
    return tag.equals(Tag.NULL)
        ? value.setNullValue(NullValue.NULL_VALUE).build()
        : value.setStringValue(text).build();
  }

  /** The enum constant that a short name such as {@code lora} or {@code p-tuning} means. */
  public static EnumValueDescriptor constant(EnumDescriptor type, String name) {
    String wanted = name.toUpperCase(Locale.ROOT).replace('-', '_');
    String unspecified = type.getValues().getFirst().getName();
    String prefix = unspecified.substring(0, unspecified.length() - "UNSPECIFIED".length());
    return type.getValues().stream()
        .skip(1)
        .filter(v -> v.getName().equals(wanted) || v.getName().equals(prefix + wanted))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(name));
  }

  /** The short names of an enum's constants, separated by commas. */
  public static String constants(EnumDescriptor type) {
    String unspecified = type.getValues().getFirst().getName();
    int prefix = unspecified.length() - "UNSPECIFIED".length();
    return type.getValues().stream()
        .skip(1)
        .map(v -> v.getName().substring(prefix).toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }

  /**
   * A node as a mapping.
   *
   * @throws Problem INVALID_VALUE
   */
  public MappingNode mapping(Node node, String path) {
    if (node instanceof MappingNode mapping) {
      return mapping;
    }
    throw problem("INVALID_VALUE", "keys with values are expected", node, path);
  }

  /**
   * A node as a single value.
   *
   * @throws Problem INVALID_VALUE
   */
  public String scalar(Node node, String path) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw problem("INVALID_VALUE", "a single value is expected", node, path);
  }

  /** A problem at a place in the file. */
  public Problem problem(String reason, String message, Node node, String path) {
    Problem at =
        Problem.caller(reason, message).at(FILE, file).at(LINE, node.getStartMark().getLine() + 1);
    return path.isEmpty() ? at : at.at(FIELD, path);
  }

  private static String expected(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case INT, LONG -> "a whole number";
      case FLOAT, DOUBLE -> "a number";
      case BOOLEAN -> "true or false";
      case ENUM -> "one of " + constants(field.getEnumType());
      case STRING, BYTE_STRING, MESSAGE -> "text";
    };
  }

  private static String names(Descriptor type) {
    List<String> names = type.getFields().stream().map(FieldDescriptor::getName).toList();
    return String.join(", ", names);
  }

  private static String plain(String text) {
    return text.replace("_", "");
  }

  private static Boolean bool(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException(text);
    };
  }
}
