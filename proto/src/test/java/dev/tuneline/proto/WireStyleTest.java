package dev.tuneline.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.TextFormat;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WireStyleTest {
  private static FileDescriptorSet sample() {
    try {
      return TextFormat.parse(
          """
          file {
            name: "tuneline/v1/sample_file.proto" package: "tuneline.v1" syntax: "proto3"
            message_type { name: "GetRequest"
              field { name: "job_id" number: 1 type: TYPE_STRING }
              oneof_decl { name: "some_choice" } }
            message_type { name: "GetResponse" }
            enum_type { name: "JobState"
              value { name: "JOB_STATE_UNSPECIFIED" number: 0 } value { name: "JOB_STATE_ON" number: 1 } }
            service { name: "SampleService"
              method { name: "Get" input_type: ".tuneline.v1.GetRequest" output_type: ".tuneline.v1.GetResponse" } }
          }
          """,
          FileDescriptorSet.class);
    } catch (TextFormat.ParseException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theContractFollowsTheStandardStyle() {
    assertThat(WireStyle.violations(Descriptors.current())).isEmpty();
  }

  @Test
  void theSampleFollowsIt() {
    assertThat(WireStyle.violations(sample())).isEmpty();
  }

  static Stream<Arguments> violations() {
    return Stream.of(
        on("PACKAGE_VERSION_SUFFIX", f -> f.setPackage("tuneline")),
        on("PACKAGE_VERSION_SUFFIX", f -> f.setPackage("tuneline.v0")),
        on("PACKAGE_DIRECTORY_MATCH", f -> f.setName("tuneline/sample.proto")),
        on("FILE_LOWER_SNAKE_CASE", f -> f.setName("tuneline/v1/SampleFile.proto")),
        on("SYNTAX_SPECIFIED", FileDescriptorProto.Builder::clearSyntax),
        on("IMPORT_NO_PUBLIC", f -> f.addDependency("a.proto").addPublicDependency(0)),
        on("MESSAGE_PASCAL_CASE", f -> f.getMessageTypeBuilder(1).setName("get_response")),
        on("FIELD_LOWER_SNAKE_CASE", f -> field(f, "jobId")),
        on("FIELD_LOWER_SNAKE_CASE", f -> field(f, "job__id")),
        on("FIELD_NO_DESCRIPTOR", f -> field(f, "descriptor")),
        on(
            "ONEOF_LOWER_SNAKE_CASE",
            f -> f.getMessageTypeBuilder(0).getOneofDeclBuilder(0).setName("someChoice")),
        on("ENUM_PASCAL_CASE", f -> f.getEnumTypeBuilder(0).setName("job_state")),
        on(
            "ENUM_NO_ALLOW_ALIAS",
            f -> f.getEnumTypeBuilder(0).getOptionsBuilder().setAllowAlias(true)),
        on("ENUM_VALUE_UPPER_SNAKE_CASE", f -> value(f, 1, "JOB_STATE_on")),
        on("ENUM_VALUE_PREFIX", f -> value(f, 1, "ON")),
        on("ENUM_FIRST_VALUE_ZERO", f -> f.getEnumTypeBuilder(0).getValueBuilder(0).setNumber(2)),
        on("ENUM_ZERO_VALUE_SUFFIX", f -> value(f, 0, "JOB_STATE_NONE")),
        on("SERVICE_PASCAL_CASE", f -> f.getServiceBuilder(0).setName("sample_Service")),
        on("SERVICE_SUFFIX", f -> f.getServiceBuilder(0).setName("Sample")),
        on("RPC_PASCAL_CASE", f -> f.getServiceBuilder(0).getMethodBuilder(0).setName("get")),
        on(
            "RPC_REQUEST_STANDARD_NAME",
            f -> f.getServiceBuilder(0).getMethodBuilder(0).setInputType(".tuneline.v1.Got")),
        on(
            "RPC_RESPONSE_STANDARD_NAME",
            f -> f.getServiceBuilder(0).getMethodBuilder(0).setOutputType(".tuneline.v1.Got")),
        on(
            "RPC_REQUEST_RESPONSE_UNIQUE",
            f -> f.getServiceBuilder(0).addMethod(f.getServiceBuilder(0).getMethod(0))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("violations")
  void everyRuleIsChecked(String rule, Consumer<FileDescriptorProto.Builder> change) {
    FileDescriptorSet.Builder set = sample().toBuilder();
    change.accept(set.getFileBuilder(0));
    assertThat(WireStyle.violations(set.build())).anyMatch(found -> found.startsWith(rule + " "));
  }

  @Test
  void filesOfOnePackageShareTheirJavaPackage() {
    FileDescriptorSet.Builder set = sample().toBuilder();
    set.addFileBuilder()
        .setName("tuneline/v1/other.proto")
        .setPackage("tuneline.v1")
        .setSyntax("proto3")
        .getOptionsBuilder()
        .setJavaPackage("other");
    assertThat(WireStyle.violations(set.build()))
        .anyMatch(found -> found.startsWith("PACKAGE_SAME_JAVA_PACKAGE "));
  }

  private static void field(FileDescriptorProto.Builder file, String name) {
    file.getMessageTypeBuilder(0).getFieldBuilder(0).setName(name);
  }

  private static void value(FileDescriptorProto.Builder file, int index, String name) {
    file.getEnumTypeBuilder(0).getValueBuilder(index).setName(name);
  }

  private static Arguments on(String rule, Consumer<FileDescriptorProto.Builder> change) {
    return arguments(rule, change);
  }
}
