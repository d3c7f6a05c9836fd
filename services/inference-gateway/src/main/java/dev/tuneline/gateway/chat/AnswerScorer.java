package dev.tuneline.gateway.chat;

import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.chat.ExampleEncoder;
import dev.tuneline.engine.generation.Scorer;
import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.adapters.AdapterPool;
import dev.tuneline.gateway.models.ServedBase;
import dev.tuneline.proto.v1.AnswerScore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The log-likelihood of given answers, over exactly the tokens that training would train. Each
 * conversation is scored by itself between two steps of the engine loop, so that chats go on.
 */
public final class AnswerScorer {
  /**
   * Scores the last message of each conversation, which is the assistant's.
   *
   * @param model stays the caller's; what is under way keeps its own lease
   * @return one score each, in order; cancelling one that has not begun prevents it
   * @throws Problem NO_ANSWER_TO_SCORE or CONTEXT_LENGTH_EXCEEDED of the caller, QUEUE_FULL
   */
  public List<CompletableFuture<AnswerScore>> score(
      ModelDirectory.Resolved model, List<List<ChatMessage>> conversations) {
    ServedBase base = model.base();
    List<EncodedExample> examples = new ArrayList<>();
    for (int i = 0; i < conversations.size(); i++) {
      examples.add(encode(base, conversations.get(i), "conversations[" + i + "]"));
    }
    List<CompletableFuture<AnswerScore>> scores = new ArrayList<>();
    for (EncodedExample example : examples) {
      AdapterPool.Lease lease =
          model.adapter() == null ? null : model.adapter().share().orElseThrow();
      try {
        scores.add(base.loop().compute(() -> score(base, example, lease), () -> release(lease)));
      } catch (RuntimeException e) {
        release(lease);
        scores.forEach(begun -> begun.cancel(false));
        throw e;
      }
    }
    return scores;
  }

  private static void release(AdapterPool.@Nullable Lease lease) {
    if (lease != null) {
      lease.close();
    }
  }

  private static EncodedExample encode(
      ServedBase base, List<ChatMessage> conversation, String field) {
    if (conversation.isEmpty() || !conversation.getLast().role().equals(ChatMessage.ASSISTANT)) {
      throw Problem.caller("NO_ANSWER_TO_SCORE", "the last message is not the assistant's")
          .at(Problem.FIELD, field)
          .mend("end each conversation with the answer that is to be scored");
    }
    EncodedExample example =
        new ExampleEncoder(base.tokenizer(), base.template(), base.contextTokens())
            .conversation(conversation, ExampleEncoder.TrainedTurns.LAST);
    if (example.truncated()) {
      throw Questions.tooLong(
              base, "messages", example.length() + example.truncatedTokens(), "do not fit")
          .at(Problem.FIELD, field);
    }
    return example;
  }

  /** Runs on the engine loop's thread. */
  private static AnswerScore score(
      ServedBase base, EncodedExample example, AdapterPool.@Nullable Lease lease) {
    List<Integer> prompt = new ArrayList<>();
    List<Integer> answer = new ArrayList<>();
    for (int i = 0; i < example.length(); i++) {
      if (example.labels()[i] != EncodedExample.IGNORED) {
        answer.add(example.labels()[i]);
      } else if (answer.isEmpty()) {
        prompt.add(example.inputIds()[i]);
      }
    }
    Adaptation adaptation = lease == null ? null : lease.adapter().adaptation();
    Scorer.Score score =
        new Scorer(base.model())
            .score(List.of(new Scorer.Completion(prompt, answer, adaptation)))
            .getFirst();
    return AnswerScore.newBuilder().setLogLikelihood(score.sum()).setTokens(score.tokens()).build();
  }
}
