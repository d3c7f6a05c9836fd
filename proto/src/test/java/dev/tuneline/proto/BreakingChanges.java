package dev.tuneline.proto;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Finds what readers and writers of an older contract would no longer understand, in protobuf's
 * binary form and in its JSON form: the rules of buf's WIRE_JSON category and of its gRPC checks.
 * As there, a field may gain presence: who does not know of it never wrote a 0, and reads one as
 * before.
 */
final class BreakingChanges {
  private final List<String> found = new ArrayList<>();

  private BreakingChanges() {}

  /** One sentence for each break; empty if the newer set may replace the older one. */
  static List<String> between(FileDescriptorSet older, FileDescriptorSet newer) {
    BreakingChanges changes = new BreakingChanges();
    Descriptors before = Descriptors.of(older);
    Descriptors after = Descriptors.of(newer);
    changes.compareAll("message", before.messages(), after.messages(), changes::message);
    changes.compareAll("enum", before.enums(), after.enums(), changes::enumeration);
    changes.compareAll("service", before.services(), after.services(), changes::service);
    return changes.found;
  }

  private interface Comparison<T> {
    void compare(String name, T older, T newer);
  }

  private <T> void compareAll(
      String kind, Map<String, T> older, Map<String, T> newer, Comparison<T> comparison) {
    BiConsumer<String, T> visit =
        (name, was) -> {
          T is = newer.get(name);
          if (is == null) {
            found.add(kind + " " + name + " was removed");
          } else {
            comparison.compare(name, was, is);
          }
        };
    older.forEach(visit);
  }

  private void message(String name, DescriptorProto older, DescriptorProto newer) {
    for (FieldDescriptorProto was : older.getFieldList()) {
      String place = name + "." + was.getName();
      Optional<FieldDescriptorProto> same =
          newer.getFieldList().stream().filter(f -> f.getNumber() == was.getNumber()).findAny();
      if (same.isPresent()) {
        field(place, older, was, newer, same.get());
      } else if (newer.getFieldList().stream().anyMatch(f -> f.getName().equals(was.getName()))) {
        found.add("field " + place + " was renumbered from " + was.getNumber());
      } else if (!reservesNumber(newer, was.getNumber())
          || !newer.getReservedNameList().contains(was.getName())) {
        found.add("field " + place + " was removed without reserving its number and name");
      }
    }
    for (DescriptorProto.ReservedRange range : older.getReservedRangeList()) {
      for (int number = range.getStart(); number < range.getEnd(); number++) {
        if (!reservesNumber(newer, number)) {
          found.add("number " + number + " of " + name + " is no longer reserved");
        }
      }
    }
    for (String reserved : older.getReservedNameList()) {
      if (!newer.getReservedNameList().contains(reserved)) {
        found.add("name " + reserved + " of " + name + " is no longer reserved");
      }
    }
  }

  private static boolean reservesNumber(DescriptorProto message, int number) {
    return message.getReservedRangeList().stream()
        .anyMatch(range -> range.getStart() <= number && number < range.getEnd());
  }

  private void field(
      String place,
      DescriptorProto older,
      FieldDescriptorProto was,
      DescriptorProto newer,
      FieldDescriptorProto is) {
    same(place, "name", was, is, FieldDescriptorProto::getName);
    same(place, "JSON name", was, is, FieldDescriptorProto::getJsonName);
    same(place, "type", was, is, f -> f.getType() + " " + f.getTypeName());
    same(place, "label", was, is, FieldDescriptorProto::getLabel);
    if (was.getProto3Optional() && !is.getProto3Optional()) {
      found.add(place + " can no longer be 0 and set");
    }
    String wasIn = oneofOf(older, was);
    String isIn = oneofOf(newer, is);
    if (!wasIn.equals(isIn)) {
      found.add("oneof of " + place + " changed from '" + wasIn + "' to '" + isIn + "'");
    }
  }

  private static String oneofOf(DescriptorProto message, FieldDescriptorProto field) {
    return field.hasOneofIndex() && !field.getProto3Optional()
        ? message.getOneofDecl(field.getOneofIndex()).getName()
        : "";
  }

  private void enumeration(String name, EnumDescriptorProto older, EnumDescriptorProto newer) {
    for (EnumValueDescriptorProto was : older.getValueList()) {
      String place = name + "." + was.getName();
      Optional<EnumValueDescriptorProto> same =
          newer.getValueList().stream().filter(v -> v.getNumber() == was.getNumber()).findAny();
      boolean reserved =
          newer.getReservedNameList().contains(was.getName())
              && newer.getReservedRangeList().stream()
                  .anyMatch(r -> r.getStart() <= was.getNumber() && was.getNumber() <= r.getEnd());
      if (same.isPresent()) {
        same(place, "name", was, same.get(), EnumValueDescriptorProto::getName);
      } else if (!reserved) {
        found.add("value " + place + " was removed without reserving its number and name");
      }
    }
  }

  private void service(String name, ServiceDescriptorProto older, ServiceDescriptorProto newer) {
    for (MethodDescriptorProto was : older.getMethodList()) {
      String place = name + "." + was.getName();
      newer.getMethodList().stream()
          .filter(m -> m.getName().equals(was.getName()))
          .findAny()
          .ifPresentOrElse(
              is -> {
                same(place, "request", was, is, MethodDescriptorProto::getInputType);
                same(place, "response", was, is, MethodDescriptorProto::getOutputType);
                same(place, "client streaming", was, is, MethodDescriptorProto::getClientStreaming);
                same(place, "server streaming", was, is, MethodDescriptorProto::getServerStreaming);
              },
              () -> found.add("method " + place + " was removed"));
    }
  }

  private <T> void same(String place, String what, T was, T is, Function<T, Object> of) {
    if (!of.apply(was).equals(of.apply(is))) {
      found.add(what + " of " + place + " changed from " + of.apply(was) + " to " + of.apply(is));
    }
  }
}
