package dev.tuneline.evaluator.evaluation;

import dev.tuneline.errors.Problem;
import dev.tuneline.evaluator.gateway.GatewayClient;
import dev.tuneline.metrics.rouge.RougeL;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.proto.v1.AnswerScore;
import dev.tuneline.proto.v1.ChatMessage;
import dev.tuneline.proto.v1.Conversation;
import dev.tuneline.proto.v1.Generation;
import dev.tuneline.proto.v1.ModelScores;
import dev.tuneline.proto.v1.ModelUnderTest;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a model answer and score examples, batch by batch, and measures what it said. Holds nothing;
 * safe for use by several threads.
 */
final class Examination {
  private static final Logger log = LoggerFactory.getLogger(Examination.class);
  private static final Pattern CONVERSATION = Pattern.compile("conversations\\[([0-9]{1,3})]");

  /**
   * Bounds of one request.
   *
   * @param batchExamples examples in one request, at most 64
   * @param answerMaxTokens longest answer
   */
  record Limits(int batchExamples, int answerMaxTokens) {
    Limits {
      if (batchExamples < 1 || batchExamples > 64 || answerMaxTokens < 1) {
        throw new IllegalArgumentException("limits out of range");
      }
    }
  }

  /**
   * What one model said.
   *
   * @param scores over {@code examples}; without any when none fits the model's context
   * @param examples those that fit the model's context
   * @param answers one for each of {@code examples}
   */
  record Result(ModelScores scores, List<Example> examples, List<String> answers) {}

  private final GatewayClient gateway;
  private final Limits limits;

  Examination(GatewayClient gateway, Limits limits) {
    this.gateway = gateway;
    this.limits = limits;
  }

  /**
   * Examines one model. Examples that are longer than its context are left out.
   *
   * @param label what the log calls it
   */
  Result examine(
      String label, ModelUnderTest model, List<Example> examples, Cancellation cancellation) {
    double logLikelihood = 0;
    double rougeL = 0;
    long tokens = 0;
    List<Example> used = new ArrayList<>();
    List<String> answers = new ArrayList<>();
    for (int from = 0; from < examples.size(); from += limits.batchExamples()) {
      int until = Math.min(from + limits.batchExamples(), examples.size());
      List<Example> batch = new ArrayList<>(examples.subList(from, until));
      for (AnswerScore score : scoreFitting(model, batch, cancellation)) {
        logLikelihood += score.getLogLikelihood();
        tokens += score.getTokens();
      }
      List<String> said = answers(model, batch, cancellation);
      for (int i = 0; i < batch.size(); i++) {
        rougeL += RougeL.overCharacters(said.get(i), batch.get(i).answer()).f1();
      }
      used.addAll(batch);
      answers.addAll(said);
      log.info("{}: {} of {} examples", label, until, examples.size());
    }
    if (used.isEmpty()) {
      return new Result(ModelScores.getDefaultInstance(), used, answers);
    }
    if (tokens == 0) {
      throw Problem.ours(
          "GATEWAY_ANSWER_INCOMPLETE", "the gateway scored no token of any answer", null);
    }
    return new Result(
        ModelScores.newBuilder()
            .setLoss(-logLikelihood / tokens)
            .setRougeL(rougeL / used.size())
            .setExamples(used.size())
            .setResponseTokens(tokens)
            .build(),
        used,
        answers);
  }

  /** Scores a batch, after taking out of it what the gateway says is too long. */
  private List<AnswerScore> scoreFitting(
      ModelUnderTest model, List<Example> batch, Cancellation cancellation) {
    while (!batch.isEmpty()) {
      try {
        return gateway.score(model, whole(batch), cancellation);
      } catch (Problem problem) {
        Example tooLong = batch.remove(indexOfTooLong(problem, batch.size()));
        log.info("example {} is longer than the model's context", tooLong.id());
      }
    }
    return List.of();
  }

  private static int indexOfTooLong(Problem problem, int size) {
    Matcher field = CONVERSATION.matcher(problem.details().getOrDefault(Problem.FIELD, ""));
    if (problem.reason().equals("CONTEXT_LENGTH_EXCEEDED")
        && field.matches()
        && Integer.parseInt(field.group(1)) < size) {
      return Integer.parseInt(field.group(1));
    }
    throw problem;
  }

  private List<String> answers(
      ModelUnderTest model, List<Example> batch, Cancellation cancellation) {
    return batch.isEmpty()
        ? List.of()
        : gateway.answer(model, prompts(batch), limits.answerMaxTokens(), cancellation).stream()
            .map(Generation::getText)
            .toList();
  }

  private static List<Conversation> whole(List<Example> examples) {
    return examples.stream().map(example -> conversation(example.messages())).toList();
  }

  private static List<Conversation> prompts(List<Example> examples) {
    return examples.stream().map(example -> conversation(example.prompt())).toList();
  }

  private static Conversation conversation(List<Example.Message> messages) {
    Conversation.Builder conversation = Conversation.newBuilder();
    for (Example.Message message : messages) {
      conversation.addMessages(
          ChatMessage.newBuilder().setRole(message.role()).setContent(message.content()));
    }
    return conversation.build();
  }
}
