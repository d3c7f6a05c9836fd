package dev.tuneline.metrics;

import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;

/** The golden files computed with the Python libraries. */
public final class Golden {
  private static final Path FOLDER = Path.of("../fixtures/metrics");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double RELATIVE = 1e-9;

  private Golden() {}

  /** The pairs of the fixture set, and more random ones. */
  public static List<JsonNode> pairs() {
    return lines("metrics.jsonl");
  }

  public static List<JsonNode> randomPairs() {
    return lines("pairs.jsonl");
  }

  public static List<JsonNode> lines(String name) {
    try {
      return Files.readAllLines(FOLDER.resolve(name)).stream().map(Golden::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static JsonNode json(String name) {
    try {
      return parse(Files.readString(FOLDER.resolve(name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static List<String> strings(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::textValue).toList();
  }

  public static String answer(JsonNode pair) {
    return pair.get("prediction").textValue();
  }

  public static String reference(JsonNode pair) {
    return pair.get("reference").textValue();
  }

  /** A billionth of the expected value. */
  public static Offset<Double> closely(double expected) {
    return within(RELATIVE * Math.abs(expected));
  }

  private static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
