package dev.tuneline.evaluator.evaluation;

import dev.tuneline.errors.Problem;
import dev.tuneline.evaluator.gateway.GatewayClient;
import dev.tuneline.evaluator.metric.RougeL;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a model answer and score examples, batch by batch, and measures what it said. Holds nothing;
 * safe for use by several threads.
 */
final class Examination {
  private static final Logger log = LoggerFactory.getLogger(Examination.class);

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

  /** A model's scores and its answers, one for each example. */
  record Result(ModelScores scores, List<String> answers) {}

  private final GatewayClient gateway;
  private final Limits limits;

  Examination(GatewayClient gateway, Limits limits) {
    this.gateway = gateway;
    this.limits = limits;
  }

  /**
   * Examines one model.
   *
   * @param label what the log calls it
   * @param examples at least one
   */
  Result examine(
      String label, ModelUnderTest model, List<Example> examples, Cancellation cancellation) {
    double logLikelihood = 0;
    double rougeL = 0;
    long tokens = 0;
    List<String> answers = new ArrayList<>();
    for (int from = 0; from < examples.size(); from += limits.batchExamples()) {
      List<Example> batch =
          examples.subList(from, Math.min(from + limits.batchExamples(), examples.size()));
      for (AnswerScore score : gateway.score(model, whole(batch), cancellation)) {
        logLikelihood += score.getLogLikelihood();
        tokens += score.getTokens();
      }
      List<Generation> generations =
          gateway.answer(model, prompts(batch), limits.answerMaxTokens(), cancellation);
      for (int i = 0; i < batch.size(); i++) {
        String answer = generations.get(i).getText();
        rougeL += RougeL.overCharacters(answer, batch.get(i).answer()).f1();
        answers.add(answer);
      }
      log.info("{}: {} of {} examples", label, answers.size(), examples.size());
    }
    if (tokens == 0) {
      throw Problem.ours(
          "GATEWAY_ANSWER_INCOMPLETE", "the gateway scored no token of any answer", null);
    }
    return new Result(
        ModelScores.newBuilder()
            .setLoss(-logLikelihood / tokens)
            .setRougeL(rougeL / examples.size())
            .setExamples(examples.size())
            .setResponseTokens(tokens)
            .build(),
        answers);
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
