package dev.tuneline.proto;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Everything that a descriptor set of ours declares, by full name. */
record Descriptors(
    Map<String, DescriptorProto> messages,
    Map<String, EnumDescriptorProto> enums,
    Map<String, ServiceDescriptorProto> services) {

  /** The set that this build has made. */
  static FileDescriptorSet current() {
    return read("/tuneline.v1.descriptors");
  }

  /** The set that others already depend on. */
  static FileDescriptorSet released() {
    return read("/tuneline.v1.released.descriptors");
  }

  private static FileDescriptorSet read(String resource) {
    try (InputStream in = Descriptors.class.getResourceAsStream(resource)) {
      return FileDescriptorSet.parseFrom(Objects.requireNonNull(in, resource));
    } catch (IOException e) {
      throw new AssertionError(resource, e);
    }
  }

  static boolean isOurs(FileDescriptorProto file) {
    return !file.getPackage().startsWith("google.");
  }

  static Descriptors of(FileDescriptorSet set) {
    Descriptors all = new Descriptors(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
    for (FileDescriptorProto file : set.getFileList()) {
      if (isOurs(file)) {
        String scope = file.getPackage();
        file.getMessageTypeList().forEach(message -> all.add(scope, message));
        file.getEnumTypeList().forEach(e -> all.enums.put(scope + "." + e.getName(), e));
        file.getServiceList().forEach(s -> all.services.put(scope + "." + s.getName(), s));
      }
    }
    return all;
  }

  private void add(String scope, DescriptorProto message) {
    String name = scope + "." + message.getName();
    messages.put(name, message);
    message.getNestedTypeList().forEach(nested -> add(name, nested));
    message.getEnumTypeList().forEach(e -> enums.put(name + "." + e.getName(), e));
  }
}
