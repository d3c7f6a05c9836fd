package dev.tuneline.gateway.chat;

import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.answering.Answer;
import dev.tuneline.gateway.answering.AnswerListener;
import dev.tuneline.gateway.answering.EngineLoop;
import dev.tuneline.gateway.models.ServedBase;
import dev.tuneline.proto.v1.TextPrompt;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/**
 * Asks for what follows given texts, without a chat template. Safe for several threads; a call may
 * wait for a model to be loaded, not for an answer.
 */
public final class Completions {
  /** The most prompts of one request. */
  public static final int MAX_PROMPTS = 64;

  private static final String FIELD = "prompt";

  private final ModelDirectory models;
  private final Questions questions;

  /**
   * @param seeds gives a seed to each completion whose request has none
   */
  public Completions(ModelDirectory models, LongSupplier seeds) {
    this.models = models;
    this.questions = new Questions(seeds);
  }

  /**
   * Asks {@code options.n()} completions of each prompt.
   *
   * @param listeners hears the completion of this index: the prompt's times n, plus which of its n
   * @return the completions in the same order, all or none under way
   * @throws Problem of the caller that names the field, or what {@link ModelDirectory#resolve} and
   *     {@link EngineLoop#submit} say; the listeners hear nothing then
   */
  public List<Answer> ask(
      String model,
      List<TextPrompt> prompts,
      AnswerOptions options,
      IntFunction<AnswerListener> listeners) {
    if (prompts.isEmpty() || prompts.size() > MAX_PROMPTS) {
      throw invalid("there are " + prompts.size() + " prompts", "send 1 to " + MAX_PROMPTS);
    }
    try (ModelDirectory.Resolved resolved = models.resolve(model)) {
      return questions.submit(
          resolved,
          prompts.stream().map(prompt -> read(resolved.base(), prompt, options)).toList(),
          options,
          listeners);
    }
  }

  private static Questions.Asked read(ServedBase base, TextPrompt prompt, AnswerOptions options) {
    Questions.Asked asked =
        switch (prompt.getPromptCase()) {
          case TEXT ->
              new Questions.Asked(
                  Arrays.stream(base.tokenizer().encode(prompt.getText(), true)).boxed().toList(),
                  prompt.getText(),
                  FIELD);
          case TOKENS -> ofTokens(base, prompt.getTokens().getIdsList(), options.echo());
          case PROMPT_NOT_SET -> throw invalid("a prompt is missing", "send text or token ids");
        };
    if (asked.ids().isEmpty()) {
      throw invalid("a prompt is empty", "send at least one token");
    }
    return asked;
  }

  private static Questions.Asked ofTokens(ServedBase base, List<Integer> ids, boolean echo) {
    int vocabulary = base.model().shape().vocab();
    for (int id : ids) {
      if (id < 0 || id >= vocabulary) {
        throw invalid("a prompt has token " + id, "use token ids from 0 to " + (vocabulary - 1));
      }
    }
    int[] array = ids.stream().mapToInt(Integer::intValue).toArray();
    return new Questions.Asked(ids, echo ? base.tokenizer().decode(array, false) : "", FIELD);
  }

  private static Problem invalid(String message, String mend) {
    return Problem.caller("INVALID_VALUE", message).at(Problem.FIELD, FIELD).mend(mend);
  }
}
