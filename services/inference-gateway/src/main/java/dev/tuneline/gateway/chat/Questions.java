package dev.tuneline.gateway.chat;

import dev.tuneline.engine.generation.GenerationRequest;
import dev.tuneline.engine.generation.Prompt;
import dev.tuneline.engine.generation.Sampling;
import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.adapters.AdapterPool;
import dev.tuneline.gateway.answering.Answer;
import dev.tuneline.gateway.answering.AnswerListener;
import dev.tuneline.gateway.answering.EngineLoop;
import dev.tuneline.gateway.answering.Question;
import dev.tuneline.gateway.models.ServedBase;
import dev.tuneline.proto.v1.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Puts prompts to the engine loop of their model. Safe for several threads. */
final class Questions {
  private final LongSupplier seeds;

  /**
   * @param seeds gives a seed to each answer whose request has none
   */
  Questions(LongSupplier seeds) {
    this.seeds = seeds;
  }

  /**
   * A prompt as the model reads it.
   *
   * @param text said first when the prompt is echoed
   * @param field of the request that holds it
   */
  record Asked(List<Integer> ids, String text, String field) {
    Asked {
      ids = List.copyOf(ids);
    }
  }

  /**
   * Asks all or none.
   *
   * @param listeners hears the answer of this index: the prompt's times n, plus which of its n
   * @return the answers in the same order
   * @throws Problem of the caller that names the field, or what {@link EngineLoop#submit} says; the
   *     listeners hear nothing then
   */
  List<Answer> submit(
      ModelDirectory.Resolved resolved,
      List<Asked> prompts,
      AnswerOptions options,
      IntFunction<AnswerListener> listeners) {
    List<EngineLoop.Asked> asked = new ArrayList<>();
    try {
      for (Asked each : prompts) {
        Prompt prompt = prompt(resolved, each, options);
        for (int i = 0; i < options.n(); i++) {
          Question question = question(resolved, each, prompt, options, i);
          asked.add(new EngineLoop.Asked(question, listeners.apply(asked.size())));
        }
      }
      return resolved.base().loop().submit(asked);
    } catch (RuntimeException e) {
      asked.forEach(a -> a.question().release());
      throw e;
    }
  }

  /** One for all its answers, so that it is read once. */
  private static Prompt prompt(
      ModelDirectory.Resolved resolved, Asked asked, AnswerOptions options) {
    AdapterPool.Lease lease = resolved.adapter();
    Prompt prompt =
        new Prompt(
            asked.ids(),
            lease == null ? null : lease.adapter().adaptation(),
            options.echo() ? options.topLogProbs().orElse(-1) : -1);
    if (room(resolved.base(), prompt) < (options.promptOnly() ? 0 : 1)) {
      throw tooLong(resolved.base(), asked.field(), prompt.size(), "leaves no room for an answer");
    }
    return prompt;
  }

  /** Tokens that fit the model's context after the prompt. */
  private static int room(ServedBase base, Prompt prompt) {
    return base.model().shape().room(prompt.adaptation()) - prompt.size();
  }

  private Question question(
      ModelDirectory.Resolved resolved,
      Asked asked,
      Prompt prompt,
      AnswerOptions options,
      int index) {
    ServedBase base = resolved.base();
    SamplingOptions wire = options.sampling(index);
    Sampling sampling = SamplingRules.of(wire, base.defaults(), seeds.getAsLong());
    requireTokens(base, sampling);
    List<String> stops = SamplingRules.stops(wire);
    int room = room(base, prompt);
    int wanted = wire.getMaxTokens() == 0 ? room : Math.min(wire.getMaxTokens(), room);
    return new Question(
        new GenerationRequest(
            prompt,
            sampling,
            options.promptOnly() ? 0 : wanted,
            base.endIds(),
            stops,
            options.topLogProbs().orElse(-1)),
        share(resolved.adapter()),
        options.echo() ? asked.text() : null);
  }

  private static void requireTokens(ServedBase base, Sampling sampling) {
    int vocabulary = base.model().shape().vocab();
    for (int id : sampling.logitBias().keySet()) {
      if (id < 0 || id >= vocabulary) {
        throw Problem.caller("INVALID_SAMPLING", "logit_bias names token " + id)
            .at(Problem.FIELD, "logit_bias")
            .mend("use token ids from 0 to " + (vocabulary - 1));
      }
    }
  }

  private static AdapterPool.@Nullable Lease share(AdapterPool.@Nullable Lease lease) {
    return lease == null ? null : lease.share().orElseThrow();
  }

  /**
   * @param field of the request that holds the prompt
   * @param how the tokens do not fit
   */
  static Problem tooLong(ServedBase base, String field, int tokens, String how) {
    return Problem.caller(
            "CONTEXT_LENGTH_EXCEEDED",
            "the %s %s %d tokens, which %s: base model %s takes %d tokens in all"
                .formatted(
                    field,
                    field.endsWith("s") ? "have" : "has",
                    tokens,
                    how,
                    base.name(),
                    base.contextTokens()))
        .at(Problem.FIELD, field)
        .at("prompt_tokens", tokens)
        .at("context_tokens", base.contextTokens())
        .mend("shorten the " + field);
  }
}
