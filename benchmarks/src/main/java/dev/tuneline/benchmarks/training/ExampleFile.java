package dev.tuneline.benchmarks.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.training.TrainingExample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Tokenised examples in a file, one {@code {ids, labels}} a line. */
final class ExampleFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ExampleFile() {}

  static void write(Path file, List<TrainingExample> examples) throws IOException {
    List<String> lines = new ArrayList<>();
    for (TrainingExample example : examples) {
      lines.add(JSON.writeValueAsString(Map.of("ids", example.ids(), "labels", example.labels())));
    }
    Files.write(file, lines);
  }

  static List<TrainingExample> read(Path file) throws IOException {
    List<TrainingExample> examples = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      JsonNode node = JSON.readTree(line);
      examples.add(
          new TrainingExample(
              JSON.treeToValue(node.get("ids"), int[].class),
              JSON.treeToValue(node.get("labels"), int[].class)));
    }
    return examples;
  }
}
