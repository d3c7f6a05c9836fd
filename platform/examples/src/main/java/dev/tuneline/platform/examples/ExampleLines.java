package dev.tuneline.platform.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.tuneline.errors.Problem;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Examples as JSON Lines, one a line, with fixed keys in a fixed order so that equal examples have
 * equal bytes: {@code {"id":"...","messages":[{"role":"user","content":"..."},...],
 * "source":{"file":"...","line":7}}}.
 */
public final class ExampleLines {
  /** Media type of a file of examples. */
  public static final String MEDIA_TYPE = "application/jsonl";

  private static final JsonFactory JSON = new JsonFactory();

  private ExampleLines() {}

  /** The line of an example in UTF-8, its newline included. */
  public static byte[] line(Example example) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("id", example.id());
      json.writeArrayFieldStart("messages");
      for (Example.Message message : example.messages()) {
        json.writeStartObject();
        json.writeStringField("role", message.role());
        json.writeStringField("content", message.content());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeObjectFieldStart("source");
      json.writeStringField("file", example.source().file());
      json.writeNumberField("line", example.source().line());
      json.writeEndObject();
      json.writeEndObject();
      json.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * Hands every example to {@code reader}, in the file's order; the stream is not closed.
   *
   * @throws Problem MALFORMED_EXAMPLE with the line when a line is not an example
   */
  public static void read(InputStream file, Consumer<Example> reader) {
    BufferedReader lines = new BufferedReader(new InputStreamReader(file, UTF_8));
    long number = 0;
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        reader.accept(parse(line, number));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first {@code maxExamples} examples of a file; the stream is not closed. */
  public static List<Example> readFirst(InputStream file, int maxExamples) {
    List<Example> examples = new ArrayList<>();
    BufferedReader lines = new BufferedReader(new InputStreamReader(file, UTF_8));
    try {
      while (examples.size() < maxExamples) {
        String line = lines.readLine();
        if (line == null) {
          break;
        }
        examples.add(parse(line, examples.size() + 1L));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return examples;
  }

  private static Example parse(String line, long number) throws IOException {
    try (JsonParser json = JSON.createParser(line)) {
      require(json.nextToken() == JsonToken.START_OBJECT);
      final String id = text(json, "id");
      field(json, "messages", JsonToken.START_ARRAY);
      List<Example.Message> messages = new ArrayList<>();
      while (json.nextToken() == JsonToken.START_OBJECT) {
        messages.add(new Example.Message(text(json, "role"), text(json, "content")));
        require(json.nextToken() == JsonToken.END_OBJECT);
      }
      field(json, "source", JsonToken.START_OBJECT);
      String file = text(json, "file");
      field(json, "line", JsonToken.VALUE_NUMBER_INT);
      return new Example(id, messages, new Example.Source(file, json.getLongValue()));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw Problem.ours("MALFORMED_EXAMPLE", "line " + number + " is not an example", e)
          .at(Problem.LINE, number)
          .mend("prepare the dataset again");
    }
  }

  private static String text(JsonParser json, String name) throws IOException {
    field(json, name, JsonToken.VALUE_STRING);
    return json.getText();
  }

  private static void field(JsonParser json, String name, JsonToken value) throws IOException {
    require(name.equals(json.nextFieldName()) && json.nextToken() == value);
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException("not the format of an example");
    }
  }
}
