package dev.tuneline.gateway.chat;

import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.answering.Answer;
import dev.tuneline.gateway.answering.AnswerListener;
import dev.tuneline.gateway.answering.EngineLoop;
import dev.tuneline.gateway.models.ServedBase;
import dev.tuneline.proto.v1.SamplingOptions;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/**
 * Asks conversations for answers. Safe for several threads; a call may wait for a model to be
 * loaded, not for an answer.
 */
public final class Chats {
  private final ModelDirectory models;
  private final Questions questions;

  /**
   * @param seeds gives a seed to each answer whose request has none
   */
  public Chats(ModelDirectory models, LongSupplier seeds) {
    this.models = models;
    this.questions = new Questions(seeds);
  }

  /**
   * Asks one conversation.
   *
   * @param listeners hears the i-th answer
   * @return the answers, all or none under way
   * @throws Problem of the caller that names the field, or what {@link ModelDirectory#resolve} and
   *     {@link EngineLoop#submit} say; the listeners hear nothing then
   */
  public List<Answer> ask(
      String model,
      List<ChatMessage> messages,
      AnswerOptions options,
      IntFunction<AnswerListener> listeners) {
    try (ModelDirectory.Resolved resolved = models.resolve(model)) {
      return questions.submit(
          resolved, List.of(prompt(resolved.base(), messages)), options, listeners);
    }
  }

  /** As {@link #ask}, one answer to each of several conversations. */
  public List<Answer> askAll(
      ModelDirectory.Resolved resolved,
      List<List<ChatMessage>> conversations,
      SamplingOptions sampling,
      IntFunction<AnswerListener> listeners) {
    return questions.submit(
        resolved,
        conversations.stream().map(messages -> prompt(resolved.base(), messages)).toList(),
        AnswerOptions.one(sampling),
        listeners);
  }

  private static Questions.Asked prompt(ServedBase base, List<ChatMessage> messages) {
    if (messages.isEmpty()) {
      throw Problem.caller("MISSING_FIELD", "there are no messages")
          .at(Problem.FIELD, "messages")
          .mend("send at least one");
    }
    String text = base.template().render(messages, true);
    int[] ids = base.tokenizer().encode(text, false);
    return new Questions.Asked(Arrays.stream(ids).boxed().toList(), text, "messages");
  }
}
