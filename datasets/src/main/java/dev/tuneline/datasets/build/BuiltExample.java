package dev.tuneline.datasets.build;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.tuneline.platform.examples.Example.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * An example of a recipe.
 *
 * @param messages a conversation, or one plain text
 * @param source the source's name in the recipe
 * @param file the file's name
 * @param line where the row stands that it comes from
 * @param built how it came about, step by step
 */
record BuiltExample(
    List<Message> messages, String source, String file, long line, List<String> built) {
  private static final JsonFactory JSON = new JsonFactory();

  private void writeMessages(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("messages");
    for (Message message : messages) {
      json.writeStartObject();
      json.writeStringField("role", message.role());
      json.writeStringField("content", message.content());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /** A line of JSON with its line feed; equal examples have equal bytes. */
  byte[] json() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      if (messages.size() == 1) {
        json.writeStringField("text", messages.getFirst().content());
      } else {
        writeMessages(json);
      }
      json.writeStringField("source", source);
      json.writeStringField("file", file);
      json.writeNumberField("line", line);
      json.writeArrayFieldStart("built");
      for (String step : built) {
        json.writeString(step);
      }
      json.writeEndArray();
      json.writeEndObject();
      json.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
