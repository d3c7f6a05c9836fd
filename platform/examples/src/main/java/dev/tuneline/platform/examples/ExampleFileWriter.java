package dev.tuneline.platform.examples;

import dev.tuneline.platform.tables.columnar.ArrowField;
import dev.tuneline.platform.tables.columnar.ArrowWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes examples as an Arrow stream that Python's {@code datasets} opens as it is, with columns
 * {@code id}, {@code messages} (a list of {@code role} and {@code content}) where there are
 * conversations, {@code text} where there are texts, and {@code source} ({@code file} and {@code
 * line}).
 *
 * <p>Equal examples in equal order give equal bytes; memory does not grow with them. For one
 * thread.
 */
public final class ExampleFileWriter {
  private static final String STRING = "{\"dtype\":\"string\",\"_type\":\"Value\"}";
  private static final String INT64 = "{\"dtype\":\"int64\",\"_type\":\"Value\"}";

  private final ArrowWriter rows;
  private final Set<Example.Kind> kinds;

  /**
   * Begins a file.
   *
   * @param out where it goes; not closed here
   * @param kinds what the examples may be, conversations where nothing is said; every split of a
   *     version should say the same, so that its files have the same columns
   */
  public ExampleFileWriter(OutputStream out, Set<Example.Kind> kinds) throws IOException {
    this.kinds = kinds.isEmpty() ? Set.of(Example.Kind.CONVERSATION) : Set.copyOf(kinds);
    List<ArrowField> fields = new ArrayList<>();
    fields.add(new ArrowField.Text(ExampleFile.ID));
    if (this.kinds.contains(Example.Kind.CONVERSATION)) {
      ArrowField turn =
          new ArrowField.Struct(
              "item",
              List.of(
                  new ArrowField.Text(ExampleFile.ROLE), new ArrowField.Text(ExampleFile.CONTENT)));
      fields.add(new ArrowField.ListOf(ExampleFile.MESSAGES, turn));
    }
    if (this.kinds.contains(Example.Kind.TEXT)) {
      fields.add(new ArrowField.Text(ExampleFile.TEXT));
    }
    fields.add(
        new ArrowField.Struct(
            ExampleFile.SOURCE,
            List.of(
                new ArrowField.Text(ExampleFile.FILE), new ArrowField.Whole(ExampleFile.LINE))));
    this.rows = new ArrowWriter(out, fields, Map.of("huggingface", features(fields)));
  }

  /** A whole file of a few examples. */
  public static byte[] bytes(List<Example> examples) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try {
      ExampleFileWriter writer =
          new ExampleFileWriter(
              file, examples.stream().map(Example::kind).collect(Collectors.toSet()));
      for (Example example : examples) {
        writer.add(example);
      }
      writer.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toByteArray();
  }

  /** Adds an example of one of the kinds. */
  public void add(Example example) throws IOException {
    if (!kinds.contains(example.kind())) {
      throw new IllegalArgumentException("not the kind that was announced: " + example.kind());
    }
    List<@Nullable Object> row = new ArrayList<>();
    row.add(example.id());
    boolean text = example.kind() == Example.Kind.TEXT;
    if (kinds.contains(Example.Kind.CONVERSATION)) {
      row.add(
          text
              ? null
              : example.messages().stream()
                  .map(message -> List.of(message.role(), message.content()))
                  .toList());
    }
    if (kinds.contains(Example.Kind.TEXT)) {
      row.add(text ? example.answer() : null);
    }
    row.add(Arrays.asList(example.source().file(), example.source().line()));
    rows.add(row);
  }

  /** Ends the file. */
  public void finish() throws IOException {
    rows.finish();
  }

  /**
   * What {@code datasets} notes about the columns' types; a list in brackets is what all of its
   * releases understand.
   */
  private static String features(List<ArrowField> fields) {
    return "{\"info\":{\"features\":" + features(fields, new StringJoiner(",", "{", "}")) + "}}";
  }

  private static String features(List<ArrowField> fields, StringJoiner features) {
    fields.forEach(field -> features.add("\"" + field.name() + "\":" + feature(field)));
    return features.toString();
  }

  private static String feature(ArrowField field) {
    return switch (field) {
      case ArrowField.Text _ -> STRING;
      case ArrowField.Whole _ -> INT64;
      case ArrowField.ListOf list -> "[" + feature(list.element()) + "]";
      case ArrowField.Struct struct -> features(struct.members(), new StringJoiner(",", "{", "}"));
    };
  }
}
