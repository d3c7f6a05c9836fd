package dev.tuneline.datasets.build;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes what was not kept, one line of JSON each. For one thread. */
final class Rejections implements AutoCloseable {
  private final JsonGenerator json;

  Rejections(Path file) throws IOException {
    this.json =
        new JsonFactory().createGenerator(new BufferedOutputStream(Files.newOutputStream(file)));
    json.setRootValueSeparator(null);
  }

  /**
   * Adds one.
   *
   * @param column the column that is to blame, or empty
   * @param message one sentence, or empty
   */
  void add(SourceRecipe source, long line, String column, String reason, String message) {
    try {
      json.writeStartObject();
      json.writeStringField("source", source.name());
      json.writeStringField("file", source.origin().file());
      json.writeNumberField("line", line);
      if (!column.isEmpty()) {
        json.writeStringField("column", column);
      }
      json.writeStringField("reason", reason);
      if (!message.isEmpty()) {
        json.writeStringField("message", message);
      }
      json.writeEndObject();
      json.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    json.close();
  }
}
