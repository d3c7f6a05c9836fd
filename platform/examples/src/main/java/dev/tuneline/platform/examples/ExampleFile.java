package dev.tuneline.platform.examples;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.Example.Message;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.platform.tables.columnar.ArrowStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads files of examples, a record batch at a time: those of {@link ExampleFileWriter}, and the
 * JSON Lines that were written before. For one thread.
 */
public final class ExampleFile {
  /** Media type of a file of examples. */
  public static final String MEDIA_TYPE = "application/vnd.apache.arrow.stream";

  static final String ID = "id";
  static final String MESSAGES = "messages";
  static final String ROLE = "role";
  static final String CONTENT = "content";
  static final String TEXT = "text";
  static final String SOURCE = "source";
  static final String FILE = "file";
  static final String LINE = "line";

  /** What is left of a file. */
  private interface Examples {
    @Nullable Example next() throws IOException;
  }

  private final Examples examples;

  private ExampleFile(Examples examples) {
    this.examples = examples;
  }

  /**
   * Begins to read; the stream is not closed.
   *
   * @throws Problem MALFORMED_EXAMPLE when it is no file of examples
   */
  public static ExampleFile open(InputStream file) {
    try {
      BufferedInputStream bytes = new BufferedInputStream(file, 1 << 16);
      bytes.mark(1);
      int first = bytes.read();
      bytes.reset();
      return new ExampleFile(
          first < 0 || first == '{' ? new ExampleLines(bytes)::next : new Rows(bytes)::next);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first {@code maxExamples} examples of a file; the stream is not closed. */
  public static List<Example> readFirst(InputStream file, int maxExamples) {
    ExampleFile examples = open(file);
    List<Example> first = new ArrayList<>();
    while (first.size() < maxExamples) {
      Example example = examples.next();
      if (example == null) {
        break;
      }
      first.add(example);
    }
    return first;
  }

  /**
   * The next example, in the file's order.
   *
   * @return null after the last
   * @throws Problem MALFORMED_EXAMPLE
   */
  public @Nullable Example next() {
    try {
      return examples.next();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Problem malformed(String what, Throwable cause) {
    return Problem.ours("MALFORMED_EXAMPLE", what, cause).mend("prepare the dataset again");
  }

  /** The rows of an Arrow stream. */
  private static final class Rows {
    private final ArrowStream stream;
    private final int id;
    private final int messages;
    private final int text;
    private final int source;

    Rows(InputStream in) {
      try {
        this.stream = new ArrowStream(in, "examples", TableLimits.DEFAULT);
      } catch (Problem e) {
        throw malformed("this is no file of examples: " + e.getMessage(), e);
      }
      List<String> columns = stream.columns();
      this.id = columns.indexOf(ID);
      this.messages = columns.indexOf(MESSAGES);
      this.text = columns.indexOf(TEXT);
      this.source = columns.indexOf(SOURCE);
      if (id < 0 || source < 0 || (messages < 0 && text < 0)) {
        throw malformed(
            "this is no file of examples: its columns are " + columns,
            new IllegalArgumentException("columns"));
      }
    }

    @Nullable Example next() {
      try {
        List<@Nullable Object> row = stream.next();
        if (row == null) {
          return null;
        }
        Map<?, ?> place = (Map<?, ?>) there(row.get(source));
        return new Example(
            (String) there(row.get(id)),
            messages(row),
            new Example.Source((String) there(place.get(FILE)), (Long) there(place.get(LINE))));
      } catch (Problem | ClassCastException | IllegalArgumentException e) {
        throw malformed("a row is not an example: " + e.getMessage(), e);
      }
    }

    private List<Message> messages(List<@Nullable Object> row) {
      Object whole = text < 0 ? null : row.get(text);
      if (whole != null) {
        return List.of(Message.text((String) whole));
      }
      List<Message> turns = new ArrayList<>();
      for (Object turn : (List<?>) there(messages < 0 ? null : row.get(messages))) {
        Map<?, ?> values = (Map<?, ?>) there(turn);
        turns.add(
            new Message((String) there(values.get(ROLE)), (String) there(values.get(CONTENT))));
      }
      return turns;
    }

    private static Object there(@Nullable Object value) {
      if (value == null) {
        throw new IllegalArgumentException("a value is missing");
      }
      return value;
    }
  }
}
