package dev.tuneline.evaluator.gateway;

import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.proto.v1.AnswerScore;
import dev.tuneline.proto.v1.Conversation;
import dev.tuneline.proto.v1.GenerateRequest;
import dev.tuneline.proto.v1.Generation;
import dev.tuneline.proto.v1.InferenceServiceGrpc;
import dev.tuneline.proto.v1.InferenceServiceGrpc.InferenceServiceBlockingStub;
import dev.tuneline.proto.v1.ModelUnderTest;
import dev.tuneline.proto.v1.SamplingOptions;
import dev.tuneline.proto.v1.ScoreRequest;
import io.grpc.Channel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks an inference-gateway to score and to answer. A gateway that is away or busy is asked again
 * until the patience runs out, so that its restart costs time and not the evaluation. Safe for use
 * by several threads.
 */
public final class GatewayClient {
  private static final Logger log = LoggerFactory.getLogger(GatewayClient.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /**
   * How long calls may take.
   *
   * @param callTimeout the most that one call may take
   * @param patience how long one call is repeated while the gateway is away or busy
   */
  public record Limits(Duration callTimeout, Duration patience) {
    public Limits {
      if (!callTimeout.isPositive() || patience.isNegative()) {
        throw new IllegalArgumentException("limits out of range");
      }
    }
  }

  private final InferenceServiceBlockingStub gateway;
  private final Limits limits;

  /** A client over a channel that stays the caller's. */
  public GatewayClient(Channel channel, Limits limits) {
    this.gateway = InferenceServiceGrpc.newBlockingStub(channel);
    this.limits = limits;
  }

  /**
   * Log-likelihoods of each conversation's last message, in order.
   *
   * @param conversations at most 64
   * @throws Problem as the gateway sorted it, or CANCELLED
   */
  public List<AnswerScore> score(
      ModelUnderTest model, List<Conversation> conversations, Cancellation cancellation) {
    ScoreRequest request =
        ScoreRequest.newBuilder().setModel(model).addAllConversations(conversations).build();
    List<AnswerScore> scores = ask(stub -> stub.score(request), cancellation).getScoresList();
    requireAll("Score", conversations.size(), scores.size());
    return scores;
  }

  /**
   * Greedy answers to each prompt, in order.
   *
   * @param prompts at most 64
   * @param maxTokens longest answer in tokens
   * @throws Problem as the gateway sorted it, or CANCELLED
   */
  public List<Generation> answer(
      ModelUnderTest model, List<Conversation> prompts, int maxTokens, Cancellation cancellation) {
    // Everything is set, so that the base model's generation_config has no say in a measure.
    SamplingOptions greedy =
        SamplingOptions.newBuilder()
            .setTemperature(0)
            .setTopP(1)
            .setTopK(0)
            .setRepetitionPenalty(1)
            .setSeed(0)
            .setMaxTokens(maxTokens)
            .build();
    GenerateRequest request =
        GenerateRequest.newBuilder()
            .setModel(model)
            .addAllPrompts(prompts)
            .setSampling(greedy)
            .build();
    List<Generation> answers =
        ask(stub -> stub.generate(request), cancellation).getGenerationsList();
    requireAll("Generate", prompts.size(), answers.size());
    return answers;
  }

  private <A> A ask(Function<InferenceServiceBlockingStub, A> call, Cancellation cancellation) {
    long giveUpNanos = System.nanoTime() + limits.patience().toNanos();
    Duration pause = FIRST_PAUSE;
    while (true) {
      if (cancellation.isCancelled()) {
        throw Problem.caller("CANCELLED", "nobody wants the evaluation any more");
      }
      try {
        return call.apply(
            gateway.withDeadlineAfter(limits.callTimeout().toMillis(), TimeUnit.MILLISECONDS));
      } catch (io.grpc.StatusRuntimeException e) {
        Problem problem = GrpcProblems.fromFailure(e);
        Duration wanted = pauseAfter(problem, pause);
        if (wanted.isZero() || System.nanoTime() + wanted.toNanos() - giveUpNanos > 0) {
          throw problem;
        }
        log.warn("the gateway will be asked again: {}", problem.describe());
        await(wanted);
        pause =
            pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                ? pause.multipliedBy(2)
                : LONGEST_PAUSE;
      }
    }
  }

  /** How long to wait before asking again; zero when it would not help. */
  private static Duration pauseAfter(Problem problem, Duration backoff) {
    if (problem.fault() == Fault.EXHAUSTED) {
      String wanted = problem.details().getOrDefault(GrpcProblems.RETRY_AFTER_MS, "");
      return wanted.matches("[1-9][0-9]{0,8}")
          ? Duration.ofMillis(Long.parseLong(wanted))
          : backoff;
    }
    return problem.fault() == Fault.OURS && problem.reason().endsWith("_UNAVAILABLE")
        ? backoff
        : Duration.ZERO;
  }

  private static void await(Duration pause) {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.ours("INTERRUPTED", "interrupted while waiting for the gateway", e);
    }
  }

  private static void requireAll(String call, int asked, int answered) {
    if (asked != answered) {
      throw Problem.ours(
          "GATEWAY_ANSWER_INCOMPLETE",
          "the gateway gave " + answered + " answers to " + asked + " in " + call,
          null);
    }
  }
}
