package dev.tuneline.datasets;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tuneline.engine.chat.ExampleView;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.platform.examples.Example.Message;
import java.io.IOException;

/** Writes previews as elements of a JSON array; docs/datasets.md says what they hold. */
final class PreviewJson {
  private final JsonGenerator out;

  PreviewJson(JsonGenerator out) {
    this.out = out;
  }

  void rejected(Finding found, Finding.Rejection rejection) throws IOException {
    begin(found);
    out.writeObjectFieldStart("rejection");
    out.writeStringField("column", rejection.column());
    out.writeStringField("reason", rejection.reason());
    out.writeStringField("message", rejection.message());
    out.writeEndObject();
    out.writeEndObject();
  }

  void messages(Finding found) throws IOException {
    begin(found);
    writeMessages(found);
    out.writeEndObject();
  }

  void view(Finding found, ExampleView view, Tokenizer tokenizer) throws IOException {
    begin(found);
    writeMessages(found);
    out.writeStringField("rendered", view.rendered());
    out.writeNumberField("trained_tokens", view.trainedTokens());
    out.writeNumberField("cut_tokens", view.cutTokens());
    out.writeNumberField("pieces", view.pieces());
    out.writeArrayFieldStart("tokens");
    for (ExampleView.Token token : view.tokens()) {
      out.writeStartObject();
      out.writeNumberField("id", token.id());
      out.writeStringField("text", tokenizer.tokenText(token.id()));
      out.writeBooleanField("trained", token.trained());
      out.writeBooleanField("cut", token.cut());
      if (token.beginsPiece()) {
        out.writeBooleanField("begins_piece", true);
      }
      out.writeEndObject();
    }
    out.writeEndArray();
    out.writeEndObject();
  }

  private void begin(Finding found) throws IOException {
    out.writeStartObject();
    out.writeNumberField("row", found.index() + 1);
    out.writeNumberField("line", found.line());
  }

  private void writeMessages(Finding found) throws IOException {
    out.writeArrayFieldStart("messages");
    for (Message message : found.messages()) {
      out.writeStartObject();
      out.writeStringField("role", message.role());
      out.writeStringField("content", message.content());
      out.writeEndObject();
    }
    out.writeEndArray();
  }
}
