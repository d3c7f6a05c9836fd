package dev.tuneline.datasets;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;

/** A check's JSON as lines for people: one for each section, and one for each rejection shown. */
final class ReportText {
  private final PrintStream out;

  ReportText(PrintStream out) {
    this.out = out;
  }

  void write(String report) throws IOException {
    try (JsonParser json = new JsonFactory().createParser(report)) {
      json.nextToken();
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        switch (json.nextToken()) {
          case START_ARRAY -> list(name, json);
          case START_OBJECT -> line(name, members(json).toString());
          default -> line(name, json.getText());
        }
      }
    }
  }

  private void list(String name, JsonParser json) throws IOException {
    StringBuilder texts = new StringBuilder();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() == JsonToken.START_OBJECT) {
        Map<String, String> entry = members(json);
        String column = entry.getOrDefault("column", "");
        out.printf(
            "  line %s%s: %s, %s%n",
            entry.get("line"),
            column.isEmpty() ? "" : ", column " + column,
            entry.get("reason"),
            entry.get("message"));
      } else {
        texts.append(texts.isEmpty() ? "" : ", ").append(json.getText());
      }
    }
    if (!texts.isEmpty()) {
      line(name, texts.toString());
    }
  }

  private static Map<String, String> members(JsonParser json) throws IOException {
    Map<String, String> members = new LinkedHashMap<>();
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      members.put(
          name,
          json.nextToken() == JsonToken.START_OBJECT ? members(json).toString() : json.getText());
    }
    return members;
  }

  private void line(String name, String value) {
    String shown = value.startsWith("{") ? value.substring(1, value.length() - 1) : value;
    out.printf("%-14s %s%n", name.replace('_', ' '), shown.replace('\t', '→'));
  }
}
