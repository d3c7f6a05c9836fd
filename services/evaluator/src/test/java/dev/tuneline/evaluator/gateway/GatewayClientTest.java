package dev.tuneline.evaluator.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.platform.rpc.ProblemInterceptor;
import dev.tuneline.proto.v1.AnswerScore;
import dev.tuneline.proto.v1.Conversation;
import dev.tuneline.proto.v1.GenerateRequest;
import dev.tuneline.proto.v1.GenerateResponse;
import dev.tuneline.proto.v1.Generation;
import dev.tuneline.proto.v1.InferenceServiceGrpc.InferenceServiceImplBase;
import dev.tuneline.proto.v1.ModelUnderTest;
import dev.tuneline.proto.v1.ScoreRequest;
import dev.tuneline.proto.v1.ScoreResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GatewayClientTest {
  private static final ModelUnderTest BASE =
      ModelUnderTest.newBuilder().setBaseModel("tiny").build();
  private static final List<Conversation> TWO =
      List.of(Conversation.getDefaultInstance(), Conversation.getDefaultInstance());

  /** Fails with each given problem in turn, then answers everything. */
  private static final class Gateway extends InferenceServiceImplBase {
    final Deque<Problem> problems = new ArrayDeque<>();
    int calls;
    int answersTooFew;
    GenerateRequest last = GenerateRequest.getDefaultInstance();

    @Override
    public void score(ScoreRequest request, StreamObserver<ScoreResponse> response) {
      fail();
      ScoreResponse.Builder scores = ScoreResponse.newBuilder();
      for (int i = answersTooFew; i < request.getConversationsCount(); i++) {
        scores.addScores(AnswerScore.newBuilder().setLogLikelihood(-3).setTokens(2));
      }
      response.onNext(scores.build());
      response.onCompleted();
    }

    @Override
    public void generate(GenerateRequest request, StreamObserver<GenerateResponse> response) {
      fail();
      last = request;
      GenerateResponse.Builder answers = GenerateResponse.newBuilder();
      request
          .getPromptsList()
          .forEach(_ -> answers.addGenerations(Generation.newBuilder().setText("answer")));
      response.onNext(answers.build());
      response.onCompleted();
    }

    private void fail() {
      calls++;
      Problem problem = problems.poll();
      if (problem != null) {
        throw problem;
      }
    }
  }

  private final Gateway gateway = new Gateway();
  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    String name = UUID.randomUUID().toString();
    server =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .addService(gateway)
            .intercept(new ProblemInterceptor())
            .build()
            .start();
    channel = InProcessChannelBuilder.forName(name).directExecutor().build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  private GatewayClient client(Duration patience) {
    return new GatewayClient(channel, new GatewayClient.Limits(Duration.ofSeconds(10), patience));
  }

  private Problem scoreFails(Duration patience) {
    return catchThrowableOfType(
        Problem.class, () -> client(patience).score(BASE, TWO, new Cancellation()));
  }

  @Test
  void asksAgainWhileTheGatewayIsAway() {
    gateway.problems.add(Problem.ours("MODEL_UNAVAILABLE", "restarting", null));

    List<AnswerScore> scores = client(Duration.ofSeconds(20)).score(BASE, TWO, new Cancellation());

    assertThat(scores).hasSize(2).allMatch(score -> score.getLogLikelihood() == -3);
    assertThat(gateway.calls).isEqualTo(2);
  }

  @Test
  void waitsAsLongAsABusyGatewaySays() {
    gateway.problems.add(
        Problem.exhausted("QUEUE_FULL", "busy").at(GrpcProblems.RETRY_AFTER_MS, 400));
    long before = System.nanoTime();

    client(Duration.ofSeconds(20)).score(BASE, TWO, new Cancellation());

    assertThat(Duration.ofNanos(System.nanoTime() - before))
        .isGreaterThanOrEqualTo(Duration.ofMillis(400));
  }

  @Test
  void givesUpWhenPatienceEnds() {
    gateway.problems.add(
        Problem.exhausted("QUEUE_FULL", "busy").at(GrpcProblems.RETRY_AFTER_MS, 60_000));

    assertThat(scoreFails(Duration.ofMillis(100)).reason()).isEqualTo("QUEUE_FULL");
    assertThat(gateway.calls).isEqualTo(1);
  }

  @Test
  void doesNotRepeatWhatItAskedWrongly() {
    gateway.problems.add(
        Problem.caller("UNKNOWN_MODEL", "no such model").at(Problem.FIELD, "model.base_model"));

    Problem problem = scoreFails(Duration.ofSeconds(20));

    assertThat(problem.reason()).isEqualTo("UNKNOWN_MODEL");
    assertThat(problem.details()).containsEntry(Problem.FIELD, "model.base_model");
    assertThat(gateway.calls).isEqualTo(1);
  }

  @Test
  void refusesAnIncompleteAnswer() {
    gateway.answersTooFew = 1;

    assertThat(scoreFails(Duration.ofSeconds(1)).reason()).isEqualTo("GATEWAY_ANSWER_INCOMPLETE");
  }

  @Test
  void asksForGreedyAnswersWhateverTheModelsDefaultsAre() {
    client(Duration.ofSeconds(1)).answer(BASE, TWO, 33, new Cancellation());

    assertThat(gateway.last.getSampling().hasTemperature()).isTrue();
    assertThat(gateway.last.getSampling().getTemperature()).isZero();
    assertThat(gateway.last.getSampling().getRepetitionPenalty()).isEqualTo(1);
    assertThat(gateway.last.getSampling().getMaxTokens()).isEqualTo(33);
  }
}
