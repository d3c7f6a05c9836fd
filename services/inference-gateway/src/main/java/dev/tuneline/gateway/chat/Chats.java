package dev.tuneline.gateway.chat;

import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.engine.generation.GenerationRequest;
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
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes questions of requests and puts them to the engine loops. Safe for several threads; a call
 * may wait for a model to be loaded, not for an answer.
 */
public final class Chats {
  private final ModelDirectory models;
  private final LongSupplier seeds;

  /**
   * @param seeds gives a seed to each answer whose request has none
   */
  public Chats(ModelDirectory models, LongSupplier seeds) {
    this.models = models;
    this.seeds = seeds;
  }

  /**
   * Asks one conversation for {@code n} answers; of one seed, the i-th takes {@code seed + i}.
   *
   * @param listeners hears the i-th answer
   * @return the answers, all or none under way
   * @throws Problem of the caller that names the field, or what {@link ModelDirectory#resolve} and
   *     {@link EngineLoop#submit} say; the listeners hear nothing then
   */
  public List<Answer> ask(
      String model,
      List<ChatMessage> messages,
      SamplingOptions options,
      int n,
      IntFunction<AnswerListener> listeners) {
    List<SamplingOptions> each = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      each.add(
          options.hasSeed() ? options.toBuilder().setSeed(options.getSeed() + i).build() : options);
    }
    try (ModelDirectory.Resolved resolved = models.resolve(model)) {
      List<Integer> prompt = prompt(resolved.base(), messages);
      return submit(resolved, each.stream().map(o -> new Prompt(prompt, o)).toList(), listeners);
    }
  }

  /** As {@link #ask}, one answer to each of several conversations. */
  public List<Answer> askAll(
      ModelDirectory.Resolved resolved,
      List<List<ChatMessage>> conversations,
      SamplingOptions options,
      IntFunction<AnswerListener> listeners) {
    return submit(
        resolved,
        conversations.stream()
            .map(messages -> new Prompt(prompt(resolved.base(), messages), options))
            .toList(),
        listeners);
  }

  private record Prompt(List<Integer> ids, SamplingOptions options) {}

  private List<Answer> submit(
      ModelDirectory.Resolved resolved,
      List<Prompt> prompts,
      IntFunction<AnswerListener> listeners) {
    List<EngineLoop.Asked> asked = new ArrayList<>();
    try {
      for (Prompt prompt : prompts) {
        asked.add(new EngineLoop.Asked(question(resolved, prompt), listeners.apply(asked.size())));
      }
      return resolved.base().loop().submit(asked);
    } catch (RuntimeException e) {
      asked.forEach(a -> a.question().release());
      throw e;
    }
  }

  private Question question(ModelDirectory.Resolved resolved, Prompt prompt) {
    ServedBase base = resolved.base();
    SamplingOptions options = prompt.options();
    Sampling sampling = SamplingRules.of(options, base.defaults(), seeds.getAsLong());
    List<String> stops = SamplingRules.stops(options);
    int room = base.contextTokens() - prompt.ids().size();
    int wanted = options.getMaxTokens();
    AdapterPool.Lease lease = share(resolved.adapter());
    return new Question(
        new GenerationRequest(
            prompt.ids(),
            lease == null ? null : lease.adapter().adaptation(),
            sampling,
            wanted == 0 ? room : Math.min(wanted, room),
            base.endIds(),
            stops,
            -1),
        lease);
  }

  private static AdapterPool.@Nullable Lease share(AdapterPool.@Nullable Lease lease) {
    return lease == null ? null : lease.share().orElseThrow();
  }

  private static List<Integer> prompt(ServedBase base, List<ChatMessage> messages) {
    if (messages.isEmpty()) {
      throw Problem.caller("MISSING_FIELD", "there are no messages")
          .at(Problem.FIELD, "messages")
          .mend("send at least one");
    }
    int[] ids = base.tokenizer().encode(base.template().render(messages, true), false);
    if (ids.length >= base.contextTokens()) {
      throw tooLong(base, ids.length, "leaves no room for an answer");
    }
    return Arrays.stream(ids).boxed().toList();
  }

  static Problem tooLong(ServedBase base, int tokens, String how) {
    return Problem.caller(
            "CONTEXT_LENGTH_EXCEEDED",
            "the messages have %d tokens, which %s: base model %s takes %d tokens in all"
                .formatted(tokens, how, base.name(), base.contextTokens()))
        .at(Problem.FIELD, "messages")
        .at("prompt_tokens", tokens)
        .at("context_tokens", base.contextTokens())
        .mend("shorten the messages");
  }
}
