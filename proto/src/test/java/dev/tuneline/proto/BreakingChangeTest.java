package dev.tuneline.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.OneofDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.TextFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Refuses changes of the wire contract that break those who use the released one.
 *
 * <p>After a change that breaks nothing, or before the first release, the released set is renewed
 * from the repository's root by
 *
 * <pre>{@code
 * mvn -q -pl proto process-classes &&
 *   cp proto/target/classes/tuneline.v1.descriptors proto/src/test/resources/tuneline.v1.released.descriptors
 * }</pre>
 */
class BreakingChangeTest {
  private static final String SAMPLE =
      """
      file {
        name: "tuneline/v1/sample.proto" package: "tuneline.v1" syntax: "proto3"
        message_type {
          name: "Sample"
          field { name: "id" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING json_name: "id" }
          field { name: "state" number: 2 label: LABEL_OPTIONAL type: TYPE_ENUM
                  type_name: ".tuneline.v1.State" json_name: "state" }
          field { name: "a" number: 3 label: LABEL_OPTIONAL type: TYPE_INT32 oneof_index: 0 json_name: "a" }
          field { name: "b" number: 4 label: LABEL_OPTIONAL type: TYPE_INT32 oneof_index: 0 json_name: "b" }
          field { name: "limit" number: 6 label: LABEL_OPTIONAL type: TYPE_INT32 oneof_index: 1
                  proto3_optional: true json_name: "limit" }
          oneof_decl { name: "choice" } oneof_decl { name: "_limit" }
          nested_type { name: "Inner"
            field { name: "x" number: 1 label: LABEL_OPTIONAL type: TYPE_INT32 json_name: "x" } }
          reserved_range { start: 9 end: 10 }
          reserved_name: "gone"
        }
        enum_type { name: "State"
          value { name: "STATE_UNSPECIFIED" number: 0 } value { name: "STATE_ON" number: 1 } }
        service { name: "SampleService"
          method { name: "Get" input_type: ".tuneline.v1.GetRequest" output_type: ".tuneline.v1.GetResponse" } }
      }
      """;

  private static FileDescriptorSet sample() {
    try {
      return TextFormat.parse(SAMPLE, FileDescriptorSet.class);
    } catch (TextFormat.ParseException e) {
      throw new AssertionError(e);
    }
  }

  private static FileDescriptorSet changed(Consumer<FileDescriptorProto.Builder> change) {
    FileDescriptorSet.Builder set = sample().toBuilder();
    change.accept(set.getFileBuilder(0));
    return set.build();
  }

  @Test
  void theContractKeepsWhatWasReleased() {
    assertThat(BreakingChanges.between(Descriptors.released(), Descriptors.current()))
        .as("see this test's comment for what to do")
        .isEmpty();
  }

  @Test
  void theReleasedSetIsNotEmpty() {
    Descriptors released = Descriptors.of(Descriptors.released());
    assertThat(released.messages()).hasSizeGreaterThan(50).containsKey("tuneline.v1.JobEvent");
    assertThat(released.services()).hasSizeGreaterThan(5);
  }

  static Stream<Arguments> breaks() {
    return Stream.of(
        on("message tuneline.v1.Sample was removed", f -> f.removeMessageType(0)),
        on(
            "message tuneline.v1.Sample.Inner was removed",
            f -> f.getMessageTypeBuilder(0).removeNestedType(0)),
        onMessage(
            "field tuneline.v1.Sample.id was removed without reserving its number and name",
            m -> m.removeField(0)),
        onMessage(
            "field tuneline.v1.Sample.id was removed without reserving its number and name",
            m -> m.removeField(0).addReservedName("id")),
        onMessage(
            "field tuneline.v1.Sample.id was removed without reserving its number and name",
            m -> m.removeField(0).addReservedRange(range(1))),
        onField("field tuneline.v1.Sample.id was renumbered from 1", f -> f.setNumber(7)),
        onField("name of tuneline.v1.Sample.id changed from id to key", f -> f.setName("key")),
        onField(
            "JSON name of tuneline.v1.Sample.id changed from id to ID", f -> f.setJsonName("ID")),
        onField(
            "type of tuneline.v1.Sample.id changed from TYPE_STRING  to TYPE_BYTES ",
            f -> f.setType(FieldDescriptorProto.Type.TYPE_BYTES)),
        onMessage(
            "type of tuneline.v1.Sample.state changed from TYPE_ENUM .tuneline.v1.State"
                + " to TYPE_ENUM .tuneline.v1.Other",
            m -> m.getFieldBuilder(1).setTypeName(".tuneline.v1.Other")),
        onField(
            "label of tuneline.v1.Sample.id changed from LABEL_OPTIONAL to LABEL_REPEATED",
            f -> f.setLabel(FieldDescriptorProto.Label.LABEL_REPEATED)),
        onMessage(
            "tuneline.v1.Sample.limit can no longer be 0 and set",
            m -> m.getFieldBuilder(4).clearProto3Optional().clearOneofIndex()),
        onField(
            "oneof of tuneline.v1.Sample.id changed from '' to 'choice'", f -> f.setOneofIndex(0)),
        onMessage(
            "oneof of tuneline.v1.Sample.a changed from 'choice' to ''",
            m -> m.getFieldBuilder(2).clearOneofIndex()),
        onMessage(
            "type of tuneline.v1.Sample.Inner.x changed from TYPE_INT32  to TYPE_INT64 ",
            m ->
                m.getNestedTypeBuilder(0)
                    .getFieldBuilder(0)
                    .setType(FieldDescriptorProto.Type.TYPE_INT64)),
        onMessage(
            "number 9 of tuneline.v1.Sample is no longer reserved", m -> m.clearReservedRange()),
        onMessage(
            "name gone of tuneline.v1.Sample is no longer reserved", m -> m.clearReservedName()),
        on("enum tuneline.v1.State was removed", f -> f.removeEnumType(0)),
        on(
            "value tuneline.v1.State.STATE_ON was removed without reserving its number and name",
            f -> f.getEnumTypeBuilder(0).removeValue(1)),
        on(
            "name of tuneline.v1.State.STATE_ON changed from STATE_ON to STATE_UP",
            f -> f.getEnumTypeBuilder(0).getValueBuilder(1).setName("STATE_UP")),
        on(
            "value tuneline.v1.State.STATE_ON was removed without reserving its number and name",
            f -> f.getEnumTypeBuilder(0).getValueBuilder(1).setNumber(2)),
        on("service tuneline.v1.SampleService was removed", f -> f.removeService(0)),
        on(
            "method tuneline.v1.SampleService.Get was removed",
            f -> f.getServiceBuilder(0).removeMethod(0)),
        onMethod(
            "request of tuneline.v1.SampleService.Get changed from .tuneline.v1.GetRequest to .x.Y",
            m -> m.setInputType(".x.Y")),
        onMethod(
            "response of tuneline.v1.SampleService.Get changed from .tuneline.v1.GetResponse to .x.Y",
            m -> m.setOutputType(".x.Y")),
        onMethod(
            "client streaming of tuneline.v1.SampleService.Get changed from false to true",
            m -> m.setClientStreaming(true)),
        onMethod(
            "server streaming of tuneline.v1.SampleService.Get changed from false to true",
            m -> m.setServerStreaming(true)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("breaks")
  void everyKindOfBreakIsFound(String sentence, Consumer<FileDescriptorProto.Builder> change) {
    assertThat(BreakingChanges.between(sample(), changed(change))).contains(sentence);
  }

  static Stream<Consumer<FileDescriptorProto.Builder>> additions() {
    return Stream.of(
        f -> {},
        f -> f.setName("tuneline/v1/moved.proto"),
        f -> f.addMessageType(DescriptorProto.newBuilder().setName("More")),
        f -> f.addEnumType(EnumDescriptorProto.newBuilder().setName("More")),
        f -> f.addService(ServiceDescriptorProto.newBuilder().setName("MoreService")),
        f -> f.getServiceBuilder(0).addMethod(MethodDescriptorProto.newBuilder().setName("Put")),
        f -> f.getEnumTypeBuilder(0).addValueBuilder().setName("STATE_OFF").setNumber(2),
        f -> f.getMessageTypeBuilder(0).addFieldBuilder().setName("more").setNumber(20),
        f ->
            f.getMessageTypeBuilder(0)
                .addOneofDecl(OneofDescriptorProto.newBuilder().setName("_id"))
                .getFieldBuilder(0)
                .setProto3Optional(true)
                .setOneofIndex(2),
        f ->
            f.getMessageTypeBuilder(0).addFieldBuilder().setName("c").setNumber(5).setOneofIndex(0),
        f ->
            f.getMessageTypeBuilder(0)
                .removeField(0)
                .addReservedRange(range(1))
                .addReservedName("id"),
        f ->
            f.getEnumTypeBuilder(0)
                .removeValue(1)
                .addReservedName("STATE_ON")
                .addReservedRange(
                    EnumDescriptorProto.EnumReservedRange.newBuilder().setStart(1).setEnd(1)));
  }

  @ParameterizedTest
  @MethodSource("additions")
  void additionsAndReservedRemovalsAreFine(Consumer<FileDescriptorProto.Builder> change) {
    assertThat(BreakingChanges.between(sample(), changed(change))).isEqualTo(List.of());
  }

  private static DescriptorProto.ReservedRange range(int number) {
    return DescriptorProto.ReservedRange.newBuilder().setStart(number).setEnd(number + 1).build();
  }

  private static Arguments on(String sentence, Consumer<FileDescriptorProto.Builder> change) {
    return arguments(sentence, change);
  }

  private static Arguments onMessage(String sentence, Consumer<DescriptorProto.Builder> change) {
    return on(sentence, file -> change.accept(file.getMessageTypeBuilder(0)));
  }

  private static Arguments onField(String sentence, Consumer<FieldDescriptorProto.Builder> change) {
    return onMessage(sentence, message -> change.accept(message.getFieldBuilder(0)));
  }

  private static Arguments onMethod(
      String sentence, Consumer<MethodDescriptorProto.Builder> change) {
    return on(sentence, file -> change.accept(file.getServiceBuilder(0).getMethodBuilder(0)));
  }
}
