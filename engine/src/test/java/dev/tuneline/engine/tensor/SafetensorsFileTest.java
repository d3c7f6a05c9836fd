package dev.tuneline.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {
  @TempDir Path temp;

  @Test
  void readsEveryElementType() {
    JsonNode expected = Fixtures.json("safetensors/expected.json");
    try (var file = SafetensorsFile.open(Fixtures.path("safetensors/dtypes.safetensors"))) {
      assertThat(file.metadata()).containsEntry("说明", "测试");
      assertThat(file.tensors()).hasSize(expected.path("tensors").size());
      expected
          .path("tensors")
          .properties()
          .forEach(
              field -> {
                String name = field.getKey();
                TensorEntry entry = Objects.requireNonNull(file.tensors().get(name), name);
                JsonNode values = field.getValue().path("values");
                assertThat(entry.elements()).as(name).isEqualTo(values.size());
                assertThat(entry.dims())
                    .as(name)
                    .isEqualTo(
                        field
                            .getValue()
                            .path("shape")
                            .valueStream()
                            .map(JsonNode::asLong)
                            .toList());
                for (int i = 0; i < values.size(); i++) {
                  assertThat(element(file, entry, i))
                      .as("%s[%d]", name, i)
                      .isEqualTo(Double.valueOf(number(values.get(i))));
                }
              });
    }
  }

  @Test
  void widensFloatsToFp32() {
    try (var file = SafetensorsFile.open(Fixtures.path("safetensors/dtypes.safetensors"))) {
      assertThat(file.floats("f16")[6]).isEqualTo(3.140625f);
      assertThat(file.floats("bf16")[4]).isEqualTo(65536f);
      assertThat(file.floats("f32")[8]).isEqualTo(Float.POSITIVE_INFINITY);
      assertThat(file.floats("f64")[11]).isEqualTo(0.33333334f);
      assertThat(file.floats("bf16")[7]).isEqualTo(9.1835e-41f);
      assertThat(file.floats("empty")).isEmpty();
      assertThat(file.floats("scalar")).containsExactly(2.5f);
      assertThatThrownBy(() -> file.floats("i32"))
          .isInstanceOfSatisfying(
              Problem.class,
              p -> {
                assertThat(p.reason()).isEqualTo("UNSUPPORTED_DTYPE");
                assertThat(p.details()).containsEntry("tensor", "i32").containsKey(Problem.FILE);
              });
    }
  }

  static Stream<String> malformed() {
    return Fixtures.json("safetensors/malformed.json")
        .path("python_safetensors_says")
        .properties()
        .stream()
        .map(Map.Entry::getKey);
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void refusesMalformedFiles(String name) {
    Path path = Fixtures.path("safetensors/" + name);
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOfSatisfying(
            Problem.class,
            p -> {
              assertThat(p.reason()).isEqualTo("MALFORMED_SAFETENSORS");
              assertThat(p.details()).containsEntry(Problem.FILE, path.toString());
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
            + "'b':{'dtype':'F32','shape':[1],'data_offsets':[2,6]}} | overlaps | b",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
            + "'b':{'dtype':'F32','shape':[1],'data_offsets':[6,10]}} | gap | b",
        "{'a':{'dtype':'F99','shape':[1],'data_offsets':[0,8]}} | unknown dtype | a",
        "{'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,8]}} | not a size | a",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[8,4]}} | data_offsets | a",
        "{'a':{'dtype':'F32','shape':[4611686018427387904,4],'data_offsets':[0,8]}} | beyond | a",
        "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,12]}} | truncated | a",
        "{'a':{'dtype':'F16','shape':[2],'data_offsets':[0,8]}} | offsets of 8 | a",
        "{'a':{'dtype':'f32','shape':[2],'data_offsets':[0,8]}} | unknown dtype | a",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[-8,0]}} | not a size | a",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,18446744073709551615]}} | not a size |"
            + " a",
        "{'a':{'dtype':'F32','shape':[2.0],'data_offsets':[0,8]}} | not a size | a",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0]}} | data_offsets | a",
        "{'a':{'shape':[2],'data_offsets':[0,8]}} | unknown dtype | a",
      })
  void namesTheTensorThatLies(String header, String says, String tensor) throws IOException {
    Path path = temp.resolve("lying.safetensors");
    byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    Files.write(
        path,
        ByteBuffer.allocate(8 + json.length + 8)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length)
            .put(json)
            .array());
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOfSatisfying(
            Problem.class,
            p -> {
              assertThat(p.message()).contains(says);
              assertThat(p.details()).containsEntry("tensor", tensor);
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
            + "'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | Duplicate",
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 4 bytes after the last tensor",
        "{'__metadata__':{'n':3}} | not a string",
        "{'__metadata__':[]} | not an object",
        "[] | not a JSON object",
        "{} {} | not valid JSON",
        "{'a\u00ff':1} | not UTF-8",
        "{'a':1} | unknown dtype",
      })
  void saysWhatIsWrongWithAHeader(String header, String says) throws IOException {
    byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.ISO_8859_1);
    Path path = temp.resolve("lying.safetensors");
    Files.write(
        path,
        ByteBuffer.allocate(8 + json.length + 8)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(json.length)
            .put(json)
            .array());
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOfSatisfying(
            Problem.class,
            p -> {
              assertThat(p.reason()).isEqualTo("MALFORMED_SAFETENSORS");
              assertThat(p.message()).contains(says);
              assertThat(p.details()).containsEntry(Problem.FILE, path.toString());
            });
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 100_000_001, 9, 0})
  void boundsTheHeader(long claimed) throws IOException {
    Path path = temp.resolve("long.safetensors");
    Files.write(
        path, ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(claimed).array());
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOfSatisfying(
            Problem.class, p -> assertThat(p.reason()).isEqualTo("MALFORMED_SAFETENSORS"));
  }

  @Test
  void readsBackWhatItWrote() {
    Path path = temp.resolve("out.safetensors");
    byte[] raw = {1, 2, 3};
    SafetensorsWriter.write(
        path,
        List.of(
            SafetensorsWriter.Content.of("名字", new float[] {1.5f, -2f}, 2, 1),
            new SafetensorsWriter.Content(
                "raw", DType.U8, List.of(3L), MemorySegment.ofArray(raw))),
        Map.of("format", "pt"));
    try (var file = SafetensorsFile.open(path)) {
      assertThat(file.metadata()).containsExactly(Map.entry("format", "pt"));
      assertThat(file.floats("名字")).containsExactly(1.5f, -2f);
      assertThat(file.bytes("raw").toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2, 3);
    }
  }

  @Test
  void namesTheShardedTensorThatIsNotThere() throws IOException {
    Path source = Fixtures.path("models/qwen2-untied");
    for (String name :
        List.of(
            "model-00001-of-00003.safetensors",
            "model-00002-of-00003.safetensors",
            "model-00003-of-00003.safetensors")) {
      Files.copy(source.resolve(name), temp.resolve(name));
    }
    Path index = temp.resolve("model.safetensors.index.json");
    String text = Files.readString(source.resolve("model.safetensors.index.json"));
    Files.writeString(index, text.replace("\"lm_head.weight\"", "\"lm_tail.weight\""));
    assertThatThrownBy(() -> WeightFiles.open(temp))
        .isInstanceOfSatisfying(
            Problem.class,
            p -> {
              assertThat(p.reason()).isEqualTo("MALFORMED_WEIGHT_INDEX");
              assertThat(p.details()).containsEntry("tensor", "lm_tail.weight");
            });
  }

  private static double number(JsonNode node) {
    return switch (node.asText()) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      case "true" -> 1;
      case "false" -> 0;
      default -> node.doubleValue();
    };
  }

  private static double element(SafetensorsFile file, TensorEntry entry, int i) {
    MemorySegment bytes = file.bytes(entry.name());
    return switch (entry.dtype()) {
      case F64 -> bytes.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, i * 8L);
      case F32, F16, BF16 -> file.floats(entry.name())[i];
      case I64, U64 -> bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, i * 8L);
      case I32, U32 -> bytes.get(ValueLayout.JAVA_INT_UNALIGNED, i * 4L);
      case I16, U16 -> bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2L);
      case I8, BOOL -> bytes.get(ValueLayout.JAVA_BYTE, i);
      case U8 -> bytes.get(ValueLayout.JAVA_BYTE, i) & 0xff;
      case F8_E4M3 -> e4m3(bytes.get(ValueLayout.JAVA_BYTE, i));
      case F8_E5M2 -> throw new AssertionError("not in the fixture");
    };
  }

  private static double e4m3(byte bits) {
    int exponent = bits >> 3 & 15;
    int mantissa = bits & 7;
    double magnitude =
        exponent == 0
            ? Math.scalb(mantissa / 8.0, -6)
            : Math.scalb(1 + mantissa / 8.0, exponent - 7);
    return bits < 0 ? -magnitude : magnitude;
  }
}
