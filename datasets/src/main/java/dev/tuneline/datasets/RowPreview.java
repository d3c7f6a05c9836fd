package dev.tuneline.datasets;

import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.engine.chat.ExampleView;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.platform.examples.Example.Message;
import java.nio.file.Path;
import java.util.List;

/** What a base model would see of rows: its tokenizer and template, and where they are cut. */
final class RowPreview implements AutoCloseable {
  private final Tokenizer tokenizer;
  private final ChatTemplate template;
  private final int cutoff;

  /**
   * @param model a base model's folder, of which only the tokenizer and the template are read
   * @param cutoff the most tokens of an example
   */
  RowPreview(Path model, int cutoff) {
    this.template = ChatTemplate.load(model);
    this.tokenizer = Tokenizer.load(model);
    this.cutoff = cutoff;
  }

  ExampleView view(List<Message> messages) {
    Message first = messages.getFirst();
    return first.role().equals(Message.TEXT)
        ? ExampleView.text(first.content(), tokenizer, template, cutoff)
        : ExampleView.conversation(
            messages.stream()
                .map(message -> new ChatMessage(message.role(), message.content()))
                .toList(),
            tokenizer,
            template,
            cutoff);
  }

  Tokenizer tokenizer() {
    return tokenizer;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
