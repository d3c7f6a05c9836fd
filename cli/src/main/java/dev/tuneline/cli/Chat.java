package dev.tuneline.cli;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.ChatFinish;
import dev.tuneline.proto.v1.ChatRequest;
import dev.tuneline.proto.v1.ChatResponse;
import java.util.Iterator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One answer, whole.
 *
 * @param finish how it ended and which adapter gave it
 */
record Chat(String text, ChatFinish finish) {

  /**
   * Asks and waits for the end of the answer.
   *
   * @param each is given the pieces of the answer as they come
   */
  static Chat ask(Connection connection, ChatRequest request, Consumer<String> each) {
    return connection.call(
        () -> {
          StringBuilder text = new StringBuilder();
          ChatFinish finish = null;
          Iterator<ChatResponse> parts = connection.inference().chat(request);
          while (parts.hasNext()) {
            ChatResponse part = parts.next();
            text.append(part.getText());
            each.accept(part.getText());
            finish = part.hasFinish() ? part.getFinish() : finish;
          }
          return new Chat(text.toString(), required(finish));
        });
  }

  private static ChatFinish required(@Nullable ChatFinish finish) {
    if (finish == null) {
      throw Problem.ours("ANSWER_CUT_OFF", "the answer ended without its finish", null);
    }
    return finish;
  }
}
