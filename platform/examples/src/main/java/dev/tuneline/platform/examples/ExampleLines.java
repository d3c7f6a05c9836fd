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
import org.jspecify.annotations.Nullable;

/**
 * Examples as JSON, one a line, while they wait for their file, with fixed keys in a fixed order:
 * {@code {"id":"...","messages":[{"role":"user","content":"..."},...],
 * "source":{"file":"...","line":7}}}. Files of earlier builds consist of such lines.
 */
public final class ExampleLines {
  private static final JsonFactory JSON = new JsonFactory();

  private final BufferedReader lines;
  private long number;

  ExampleLines(InputStream file) {
    this.lines = new BufferedReader(new InputStreamReader(file, UTF_8));
  }

  /**
   * The next example, or null after the last.
   *
   * @throws Problem MALFORMED_EXAMPLE with the line
   */
  @Nullable Example next() throws IOException {
    String line = lines.readLine();
    number++;
    try {
      return line == null ? null : parse(line);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw ExampleFile.malformed("line " + number + " is not an example", e)
          .at(Problem.LINE, number);
    }
  }

  /** The line of an example in UTF-8, its newline included. */
  public static byte[] line(Example example) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField(ExampleFile.ID, example.id());
      json.writeArrayFieldStart(ExampleFile.MESSAGES);
      for (Example.Message message : example.messages()) {
        json.writeStartObject();
        json.writeStringField(ExampleFile.ROLE, message.role());
        json.writeStringField(ExampleFile.CONTENT, message.content());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeObjectFieldStart(ExampleFile.SOURCE);
      json.writeStringField(ExampleFile.FILE, example.source().file());
      json.writeNumberField(ExampleFile.LINE, example.source().line());
      json.writeEndObject();
      json.writeEndObject();
      json.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The example of one line. */
  public static Example parse(byte[] line) {
    try {
      return parse(new String(line, UTF_8));
    } catch (IOException | IllegalArgumentException e) {
      throw ExampleFile.malformed("a line is not an example", e);
    }
  }

  private static Example parse(String line) throws IOException {
    try (JsonParser json = JSON.createParser(line)) {
      require(json.nextToken() == JsonToken.START_OBJECT);
      final String id = text(json, ExampleFile.ID);
      field(json, ExampleFile.MESSAGES, JsonToken.START_ARRAY);
      List<Example.Message> messages = new ArrayList<>();
      while (json.nextToken() == JsonToken.START_OBJECT) {
        messages.add(
            new Example.Message(text(json, ExampleFile.ROLE), text(json, ExampleFile.CONTENT)));
        require(json.nextToken() == JsonToken.END_OBJECT);
      }
      field(json, ExampleFile.SOURCE, JsonToken.START_OBJECT);
      String file = text(json, ExampleFile.FILE);
      field(json, ExampleFile.LINE, JsonToken.VALUE_NUMBER_INT);
      return new Example(id, messages, new Example.Source(file, json.getLongValue()));
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
