package dev.tuneline.parity;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One file of {@code csv/} as our report has it, compared with the reference parser's. */
final class CheckedFile {
  private static final int LONG_CHARS = 10_000;
  private static final Pattern COUNTS = Pattern.compile("has (\\d+) cells .* has (\\d+)");

  /** The reference's words for a file that is refused. */
  private static final Map<String, String> FATAL =
      Map.of(
          "EMPTY_FILE", "empty_file",
          "DUPLICATE_COLUMN", "duplicate_header",
          "MISSING_COLUMN", "missing_columns",
          "INVALID_JSON", "invalid_json",
          "NOT_AN_ARRAY", "not_an_array");

  /** The reference's words for a row that is; all others are ours in lower case. */
  private static final Map<String, String> REJECTED =
      Map.of(
          "TEXT_AFTER_QUOTE", "text_after_closing_quote",
          "UNDECODABLE", "invalid_encoding",
          "MISSING_CONVERSATION", "missing_conversations",
          "BAD_CHOICES", "bad_category",
          "NOT_A_CHOICE", "output_not_in_category",
          "BAD_FLAG", "bad_is_best");

  private final Checks checks;
  private final JsonNode report;

  CheckedFile(Checks checks, JsonNode report) {
    this.checks = checks;
    this.report = report;
  }

  void compare(JsonNode expected) {
    JsonNode fatal = expected.path("fatal");
    if (!fatal.isNull()) {
      JsonNode problem = report.path("problem");
      checks.same(
          "fatal reason",
          FATAL.getOrDefault(problem.path("reason").asText(), problem.path("reason").asText()),
          fatal.path("reason").asText());
      checks.same("fatal line", problem.path("line").asText(), fatal.path("line").asText());
      return;
    }
    if (report.has("problem")) {
      checks.fail("refused: " + report.path("problem"));
      return;
    }
    boolean delimited = expected.path("kind").asText().equals("csv");
    if (delimited) {
      checks.same("encoding", lower(report, "charset"), lower(expected, "encoding"));
      checks.same(
          "delimiter", report.path("delimiter").asText(), expected.path("delimiter").asText());
      checks.same(
          "header", Json.strings(report.path("columns")), Json.strings(expected.path("header")));
    }
    List<String> rows = new ArrayList<>();
    List<String> rejected = new ArrayList<>();
    List<String> samples = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    for (JsonNode row : report.path("rows")) {
      sort(row, expected, delimited, rows, rejected, samples, refused);
    }
    same("rows", rows, expectedRows(expected, delimited));
    same("rejected", rejected, places(expected.path("rejected")));
    if (expected.has("samples")) {
      same("samples", samples, expectedSamples(expected.path("samples")));
      same("sample_rejections", refused, places(expected.path("sample_rejections")));
    }
  }

  private void same(String what, List<String> actual, List<String> expected) {
    checks.same(what + ": how many", actual.size(), expected.size());
    for (int i = 0; i < Math.min(actual.size(), expected.size()); i++) {
      checks.same("%s[%d]".formatted(what, i), actual.get(i), expected.get(i));
    }
  }

  /** In a delimited file a row that reads is a row, whatever its layout makes of it. */
  private static void sort(
      JsonNode row,
      JsonNode expected,
      boolean delimited,
      List<String> rows,
      List<String> rejected,
      List<String> samples,
      List<String> refused) {
    String place = place(row, expected);
    String reason = row.path("reason").asText("");
    boolean rejection = !reason.isEmpty() && !reason.equals("DUPLICATE");
    if (!delimited) {
      if (rejection) {
        rejected.add(place + " " + word(row, ""));
      } else {
        rows.add(place + " " + cells(row, expected));
      }
      return;
    }
    if (!row.has("cells")) {
      rejected.add(place + " " + word(row, ""));
      return;
    }
    rows.add(place + " " + texts(row.path("cells")));
    if (reason.equals("NOT_BEST")) {
      samples.add(place + " not best");
    } else if (rejection) {
      refused.add(place + " " + word(row, "prompt"));
    } else {
      samples.add(
          "%s %s|%s"
              .formatted(
                  place,
                  shortened(row.at("/messages/0/content").asText()),
                  shortened(row.at("/messages/1/content").asText())));
    }
  }

  private static List<String> expectedRows(JsonNode expected, boolean delimited) {
    List<String> rows = new ArrayList<>();
    for (JsonNode row : expected.path("rows")) {
      String place = place(row, expected);
      rows.add(
          place + " " + (delimited ? texts(row.path("values")) : expectedCells(row, expected)));
    }
    return rows;
  }

  private static List<String> expectedSamples(JsonNode samples) {
    List<String> texts = new ArrayList<>();
    for (JsonNode sample : samples) {
      String place = sample.path("line").asText();
      texts.add(
          sample.path("is_best").asBoolean()
              ? "%s %s|%s"
                  .formatted(
                      place, summary(sample.path("prompt")), summary(sample.path("response")))
              : place + " not best");
    }
    return texts;
  }

  private static List<String> places(JsonNode rejections) {
    List<String> places = new ArrayList<>();
    for (JsonNode rejection : rejections) {
      String place = rejection.path(rejection.has("index") ? "index" : "line").asText();
      places.add(place + " " + rejection.path("reason").asText());
    }
    return places;
  }

  /** Conversations are compared as messages, all else as the cells that the reference names. */
  private static String cells(JsonNode row, JsonNode expected) {
    if (expected.path("schema").asText().equals("conversations")) {
      return row.path("messages") + " " + row.path("cut").asBoolean();
    }
    StringBuilder cells = new StringBuilder();
    for (String column : columns(expected)) {
      JsonNode cell = row.path("cells").path(column);
      cells.append(cell.isArray() ? cell.toString() : cell.isNull() ? "" : cell.asText());
      cells.append('|');
    }
    return cells.toString();
  }

  private static String expectedCells(JsonNode row, JsonNode expected) {
    if (expected.path("schema").asText().equals("conversations")) {
      return row.path("messages") + " " + row.path("trailing_user_turn_dropped").asBoolean();
    }
    StringBuilder cells = new StringBuilder();
    for (String column : columns(expected)) {
      JsonNode cell = row.path(column);
      cells.append(cell.isArray() ? cell.toString() : cell.asText()).append('|');
    }
    return cells.toString();
  }

  private static List<String> columns(JsonNode expected) {
    return switch (expected.path("schema").asText()) {
      case "instruction" -> List.of("instruction", "input", "output");
      case "classification" -> List.of("text", "category", "output");
      default -> List.of("prompt", "response");
    };
  }

  private static String texts(JsonNode cells) {
    StringBuilder texts = new StringBuilder();
    cells
        .properties()
        .forEach(
            cell ->
                texts
                    .append(cell.getKey())
                    .append('=')
                    .append(summary(cell.getValue()))
                    .append('|'));
    return texts.toString();
  }

  private static String place(JsonNode row, JsonNode expected) {
    boolean array = expected.path("kind").asText().equals("json_array");
    return row.path(array ? "index" : "line").asText();
  }

  /**
   * The reference's word for a rejection.
   *
   * @param prompt what it calls the prompt's column; empty when it names the column itself
   */
  private static String word(JsonNode row, String prompt) {
    String reason = row.path("reason").asText();
    String column = row.path("column").asText();
    return switch (reason) {
      case "WRONG_CELL_COUNT" -> {
        Matcher counts = COUNTS.matcher(row.path("message").asText());
        yield counts.find() && Integer.parseInt(counts.group(1)) < Integer.parseInt(counts.group(2))
            ? "too_few_columns"
            : "too_many_columns";
      }
      case "NOT_A_TEXT" -> "bad_type_" + column;
      case "MISSING_PROMPT", "MISSING_REPLY" -> {
        String named = reason.endsWith("PROMPT") && !prompt.isEmpty() ? prompt : column;
        yield (row.path("blank").asBoolean() ? "empty_" : "missing_") + named;
      }
      default -> REJECTED.getOrDefault(reason, reason.toLowerCase(Locale.ROOT));
    };
  }

  private static String lower(JsonNode node, String field) {
    return node.path(field).asText().toLowerCase(Locale.ROOT);
  }

  /** A long text stands in the reference as its length and digest. */
  private static String summary(JsonNode text) {
    return text.isObject()
        ? text.path("length_chars").asText() + ":" + text.path("sha256_utf8").asText()
        : shortened(text.asText());
  }

  private static String shortened(String text) {
    if (text.length() < LONG_CHARS) {
      return text;
    }
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return text.codePointCount(0, text.length()) + ":" + HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
