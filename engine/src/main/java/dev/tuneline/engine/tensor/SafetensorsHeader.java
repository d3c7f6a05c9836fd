package dev.tuneline.engine.tensor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tuneline.errors.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * The parsed and checked header of a safetensors file.
 *
 * <p>The checks are those of the reference implementation: every byte after the header belongs to
 * exactly one tensor, so nothing overlaps, hides or reaches past the end.
 */
record SafetensorsHeader(
    SequencedMap<String, TensorEntry> tensors,
    Map<String, Long> begins,
    Map<String, String> metadata) {
  /** Where a tensor lies, counted from the end of the header. */
  private record Span(TensorEntry tensor, long begin, long end) {}

  /** Largest header read, in bytes; the reference implementation's bound. */
  static final int MAX_HEADER_BYTES = 100_000_000;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Parses {@code header}; {@code dataBytes} is what follows it in the file. */
  static SafetensorsHeader parse(ByteBuffer header, long dataBytes) {
    JsonNode root = readJson(header);
    Map<String, String> metadata = new LinkedHashMap<>();
    List<Span> spans = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (field.getKey().equals("__metadata__")) {
        readMetadata(field.getValue(), metadata);
      } else {
        spans.add(span(field.getKey(), field.getValue()));
      }
    }
    checkCoverage(spans, dataBytes);
    SequencedMap<String, TensorEntry> tensors = new LinkedHashMap<>();
    Map<String, Long> begins = new HashMap<>();
    for (Span span : spans) {
      tensors.put(span.tensor().name(), span.tensor());
      begins.put(span.tensor().name(), span.begin());
    }
    return new SafetensorsHeader(
        Collections.unmodifiableSequencedMap(tensors),
        begins,
        Collections.unmodifiableMap(metadata));
  }

  /** First byte of a tensor, counted from the end of the header. */
  long begin(String name) {
    return Objects.requireNonNull(begins.get(name), name);
  }

  private static void readMetadata(JsonNode node, Map<String, String> metadata) {
    if (!node.isObject()) {
      throw malformed("__metadata__ is not an object");
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!field.getValue().isTextual()) {
        throw malformed("__metadata__ entry " + field.getKey() + " is not a string");
      }
      metadata.put(field.getKey(), field.getValue().textValue());
    }
  }

  private static JsonNode readJson(ByteBuffer header) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(header).toString();
      JsonNode root = JSON.readTree(text);
      if (root == null || !root.isObject()) {
        throw malformed("the header is not a JSON object");
      }
      return root;
    } catch (CharacterCodingException e) {
      throw malformed("the header is not UTF-8").causedBy(e);
    } catch (JsonProcessingException e) {
      throw malformed("the header is not valid JSON: " + e.getOriginalMessage()).causedBy(e);
    }
  }

  private static Span span(String name, JsonNode node) {
    String typeName = node.path("dtype").asText("");
    DType dtype =
        DType.named(typeName)
            .orElseThrow(() -> malformed(name, "has unknown dtype \"" + typeName + "\""));
    List<Long> dims = longs(name, "shape", node.path("shape"));
    List<Long> offsets = longs(name, "data_offsets", node.path("data_offsets"));
    if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
      throw malformed(name, "has data_offsets that are not [begin, end]");
    }
    TensorEntry tensor;
    try {
      tensor = new TensorEntry(name, dtype, dims);
    } catch (ArithmeticException e) {
      throw malformed(name, "has a shape beyond any memory: " + dims).causedBy(e);
    }
    Span span = new Span(tensor, offsets.get(0), offsets.get(1));
    long claimed = span.end() - span.begin();
    if (claimed != tensor.byteSize()) {
      throw malformed(
          name,
          "has shape %s of %d bytes but offsets of %d".formatted(dims, tensor.byteSize(), claimed));
    }
    return span;
  }

  private static List<Long> longs(String name, String field, JsonNode node) {
    if (!node.isArray()) {
      throw malformed(name, "has no " + field);
    }
    List<Long> values = new ArrayList<>();
    for (JsonNode value : node) {
      if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
        throw malformed(name, "has a " + field + " entry that is not a size: " + value);
      }
      values.add(value.longValue());
    }
    return values;
  }

  private static void checkCoverage(List<Span> spans, long dataBytes) {
    spans.sort(Comparator.comparingLong(Span::begin).thenComparingLong(Span::end));
    long covered = 0;
    for (Span span : spans) {
      if (span.begin() != covered) {
        throw malformed(
            span.tensor().name(),
            span.begin() < covered
                ? "overlaps the tensor before it"
                : "leaves a gap of %d bytes before it".formatted(span.begin() - covered));
      }
      covered = span.end();
      if (covered > dataBytes) {
        throw malformed(
            span.tensor().name(),
            "ends at byte %d but the file holds %d: truncated".formatted(covered, dataBytes));
      }
    }
    if (covered != dataBytes) {
      throw malformed("%d bytes after the last tensor".formatted(dataBytes - covered));
    }
  }

  static Problem malformed(String what) {
    return Problem.caller("MALFORMED_SAFETENSORS", "not a valid safetensors file: " + what)
        .mend("copy or download the file again");
  }

  private static Problem malformed(String tensor, String what) {
    return malformed("tensor " + tensor + " " + what).at("tensor", tensor);
  }
}
