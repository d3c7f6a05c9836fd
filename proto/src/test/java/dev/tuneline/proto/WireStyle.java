package dev.tuneline.proto;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Finds what buf's STANDARD style rules would complain about; rule names are buf's. */
final class WireStyle {
  private static final Pattern PASCAL = Pattern.compile("([A-Z][a-z0-9]*)+");
  private static final Pattern LOWER_SNAKE = Pattern.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*");
  private static final Pattern UPPER_SNAKE = Pattern.compile("[A-Z][A-Z0-9]*(_[A-Z0-9]+)*");
  private static final Pattern PACKAGE =
      Pattern.compile("[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*\\.v[1-9][0-9]*");

  private final List<String> found = new ArrayList<>();
  private final Set<String> messagesOfMethods = new HashSet<>();

  private WireStyle() {}

  /** {@code RULE full.name} for each violation. */
  static List<String> violations(FileDescriptorSet set) {
    WireStyle style = new WireStyle();
    Set<String> javaPackages = new HashSet<>();
    for (FileDescriptorProto file : set.getFileList()) {
      if (Descriptors.isOurs(file)) {
        style.file(file);
        javaPackages.add(file.getPackage() + "=" + file.getOptions().getJavaPackage());
      }
    }
    Set<String> packages = new HashSet<>();
    javaPackages.forEach(
        pair ->
            style.require(
                packages.add(pair.substring(0, pair.indexOf('='))),
                "PACKAGE_SAME_JAVA_PACKAGE",
                pair));
    return style.found;
  }

  private void require(boolean holds, String rule, String name) {
    if (!holds) {
      found.add(rule + " " + name);
    }
  }

  private void require(Pattern pattern, String text, String rule, String place) {
    require(pattern.matcher(text).matches(), rule, place);
  }

  private void file(FileDescriptorProto file) {
    String path = file.getName();
    int slash = path.lastIndexOf('/');
    String directory = slash < 0 ? "" : path.substring(0, slash);
    String base = path.substring(slash + 1).replaceFirst("\\.proto$", "");
    require(PACKAGE, file.getPackage(), "PACKAGE_VERSION_SUFFIX", path);
    require(directory.equals(file.getPackage().replace('.', '/')), "PACKAGE_DIRECTORY_MATCH", path);
    require(LOWER_SNAKE, base, "FILE_LOWER_SNAKE_CASE", path);
    require(file.getSyntax().equals("proto3"), "SYNTAX_SPECIFIED", path);
    require(file.getPublicDependencyCount() == 0, "IMPORT_NO_PUBLIC", path);
    file.getMessageTypeList().forEach(m -> message(file.getPackage(), m));
    file.getEnumTypeList().forEach(e -> enumeration(file.getPackage(), e));
    file.getServiceList().forEach(s -> service(file.getPackage(), s));
  }

  private void message(String scope, DescriptorProto message) {
    String name = scope + "." + message.getName();
    if (message.getOptions().getMapEntry()) {
      return;
    }
    require(PASCAL, message.getName(), "MESSAGE_PASCAL_CASE", name);
    for (FieldDescriptorProto field : message.getFieldList()) {
      String place = name + "." + field.getName();
      require(LOWER_SNAKE, field.getName(), "FIELD_LOWER_SNAKE_CASE", place);
      require(!field.getName().equals("descriptor"), "FIELD_NO_DESCRIPTOR", place);
    }
    message
        .getOneofDeclList()
        .forEach(
            oneof ->
                require(
                    // A lone optional field has a made-up oneof with a leading underscore.
                    LOWER_SNAKE,
                    oneof.getName().replaceFirst("^_", ""),
                    "ONEOF_LOWER_SNAKE_CASE",
                    name + "." + oneof.getName()));
    message.getNestedTypeList().forEach(nested -> message(name, nested));
    message.getEnumTypeList().forEach(e -> enumeration(name, e));
  }

  private void enumeration(String scope, EnumDescriptorProto enumeration) {
    String name = scope + "." + enumeration.getName();
    require(PASCAL, enumeration.getName(), "ENUM_PASCAL_CASE", name);
    require(!enumeration.getOptions().getAllowAlias(), "ENUM_NO_ALLOW_ALIAS", name);
    String prefix =
        enumeration.getName().replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toUpperCase(Locale.ROOT)
            + "_";
    for (EnumValueDescriptorProto value : enumeration.getValueList()) {
      String place = name + "." + value.getName();
      require(UPPER_SNAKE, value.getName(), "ENUM_VALUE_UPPER_SNAKE_CASE", place);
      require(value.getName().startsWith(prefix), "ENUM_VALUE_PREFIX", place);
    }
    EnumValueDescriptorProto first = enumeration.getValue(0);
    require(first.getNumber() == 0, "ENUM_FIRST_VALUE_ZERO", name);
    require(first.getName().endsWith("_UNSPECIFIED"), "ENUM_ZERO_VALUE_SUFFIX", name);
  }

  private void service(String scope, ServiceDescriptorProto service) {
    String name = scope + "." + service.getName();
    require(PASCAL, service.getName(), "SERVICE_PASCAL_CASE", name);
    require(service.getName().endsWith("Service"), "SERVICE_SUFFIX", name);
    for (MethodDescriptorProto method : service.getMethodList()) {
      String place = name + "." + method.getName();
      require(PASCAL, method.getName(), "RPC_PASCAL_CASE", place);
      String typePrefix = "." + scope + "." + method.getName();
      require(
          method.getInputType().equals(typePrefix + "Request"), "RPC_REQUEST_STANDARD_NAME", place);
      require(
          method.getOutputType().equals(typePrefix + "Response"),
          "RPC_RESPONSE_STANDARD_NAME",
          place);
      require(
          messagesOfMethods.add(method.getInputType())
              & messagesOfMethods.add(method.getOutputType()),
          "RPC_REQUEST_RESPONSE_UNIQUE",
          place);
    }
  }
}
