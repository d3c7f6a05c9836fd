package dev.tuneline.platform.tables.columnar;

import com.google.flatbuffers.FlatBufferBuilder;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Schema;
import org.apache.arrow.flatbuf.Struct_;
import org.apache.arrow.flatbuf.Type;
import org.apache.arrow.flatbuf.Utf8;

/** Writes what a file's columns are into a message's metadata. */
final class ArrowSchema {
  private ArrowSchema() {}

  static int write(FlatBufferBuilder to, List<ArrowField> fields, Map<String, String> metadata) {
    int vector =
        Schema.createFieldsVector(to, fields.stream().mapToInt(f -> field(to, f)).toArray());
    int[] notes =
        metadata.entrySet().stream()
            .mapToInt(
                note ->
                    KeyValue.createKeyValue(
                        to, to.createString(note.getKey()), to.createString(note.getValue())))
            .toArray();
    return Schema.createSchema(
        to, Endianness.Little, vector, Schema.createCustomMetadataVector(to, notes), 0);
  }

  private static int field(FlatBufferBuilder to, ArrowField field) {
    List<ArrowField> parts =
        switch (field) {
          case ArrowField.Text _, ArrowField.Whole _ -> List.of();
          case ArrowField.ListOf list -> List.of(list.element());
          case ArrowField.Struct struct -> struct.members();
        };
    int children =
        Field.createChildrenVector(to, parts.stream().mapToInt(part -> field(to, part)).toArray());
    int name = to.createString(field.name());
    byte kind =
        switch (field) {
          case ArrowField.Text _ -> Type.Utf8;
          case ArrowField.Whole _ -> Type.Int;
          case ArrowField.ListOf _ -> Type.List;
          case ArrowField.Struct _ -> Type.Struct_;
        };
    return Field.createField(to, name, true, kind, type(to, field), 0, children, 0);
  }

  private static int type(FlatBufferBuilder to, ArrowField field) {
    return switch (field) {
      case ArrowField.Text _ -> {
        Utf8.startUtf8(to);
        yield Utf8.endUtf8(to);
      }
      case ArrowField.Whole _ -> Int.createInt(to, Long.SIZE, true);
      case ArrowField.ListOf _ -> {
        org.apache.arrow.flatbuf.List.startList(to);
        yield org.apache.arrow.flatbuf.List.endList(to);
      }
      case ArrowField.Struct _ -> {
        Struct_.startStruct_(to);
        yield Struct_.endStruct_(to);
      }
    };
  }
}
