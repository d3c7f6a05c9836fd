package dev.tuneline.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.chat.ExampleEncoder;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.Validation;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.AnswerScore;
import dev.tuneline.proto.v1.ChatMessage;
import dev.tuneline.proto.v1.ChatRequest;
import dev.tuneline.proto.v1.ChatResponse;
import dev.tuneline.proto.v1.Conversation;
import dev.tuneline.proto.v1.FinishReason;
import dev.tuneline.proto.v1.GenerateRequest;
import dev.tuneline.proto.v1.Generation;
import dev.tuneline.proto.v1.InferenceServiceGrpc;
import dev.tuneline.proto.v1.InferenceServiceGrpc.InferenceServiceBlockingStub;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobRequested;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobTrained;
import dev.tuneline.proto.v1.ModelUnderTest;
import dev.tuneline.proto.v1.ScoreRequest;
import dev.tuneline.proto.v1.ServedModel;
import io.grpc.Context;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chats, generations and scores over gRPC. */
class ChatIT {
  private static final int MAX_SEQUENCES = 4;
  private static final int QUEUE_LIMIT = 24;

  private static TestGateway gateway;
  private static TestChats chats;
  private static InferenceServiceBlockingStub inference;

  @BeforeAll
  static void start(@TempDir Path folder) {
    gateway = TestGateway.start(folder, MAX_SEQUENCES, QUEUE_LIMIT);
    chats = new TestChats(gateway);
    inference = InferenceServiceGrpc.newBlockingStub(gateway.channel());
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void everyKeyOfTheConfigurationIsRead() {
    assertThat(gateway.bean(GatewayConfig.class))
        .isEqualTo(
            new GatewayConfig(
                List.of(TestGateway.BASE),
                List.of("large"),
                3,
                32,
                MAX_SEQUENCES,
                QUEUE_LIMIT,
                9_000,
                200_000));
  }

  @Test
  void parallelChatsEqualTheSameChatsAlone() {
    List<String> questions = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      questions.add("Question " + i + ": " + "may I keep the deposit? ".repeat(i % 5));
    }
    List<TestChats.Reply> alone =
        questions.stream().map(question -> chats.ask(TestGateway.BASE, question)).toList();

    List<CompletableFuture<TestChats.Reply>> together =
        questions.stream().map(question -> chats.begin(TestGateway.BASE, question)).toList();

    assertThat(together.stream().map(CompletableFuture::join).toList()).isEqualTo(alone);
    assertThat(alone).extracting(TestChats.Reply::text).doesNotHaveDuplicates();
  }

  @Test
  void theAnswerComesInPiecesAndTellsItsUsage() {
    Iterator<ChatResponse> responses =
        inference.chat(TestChats.request(TestGateway.BASE, "Who are you?"));
    List<ChatResponse> all = new ArrayList<>();
    responses.forEachRemaining(all::add);

    assertThat(all.subList(0, all.size() - 1)).allMatch(part -> !part.getText().isEmpty());
    assertThat(all.size()).isGreaterThan(3);
    var finish = all.getLast().getFinish();
    assertThat(finish.getReason()).isEqualTo(FinishReason.FINISH_REASON_LENGTH);
    assertThat(finish.getUsage().getCompletionTokens()).isEqualTo(TestChats.MAX_TOKENS);
    assertThat(finish.getUsage().getPromptTokens()).isGreaterThan(5);
  }

  @Test
  void aStopStringEndsTheAnswerBeforeIt() {
    String whole = chats.ask(TestGateway.BASE, "Tell me more.").text();
    String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 3);
    ChatRequest.Builder request = TestChats.request(TestGateway.BASE, "Tell me more.").toBuilder();
    request.getSamplingBuilder().addStop(stop);

    TestChats.Reply reply = chats.ask(request.build());

    assertThat(reply.text()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
    assertThat(reply.finish().getReason()).isEqualTo(FinishReason.FINISH_REASON_STOP);
  }

  @Test
  void theSameSeedGivesTheSameAnswerAndAnotherSeedAnother() {
    ChatRequest.Builder request = TestChats.request(TestGateway.BASE, "Choose.").toBuilder();
    request.getSamplingBuilder().setTemperature(1).setTopP(1).setTopK(0).setSeed(7);
    TestChats.Reply first = chats.ask(request.build());
    assertThat(chats.ask(request.build())).isEqualTo(first);
    request.getSamplingBuilder().setSeed(8);
    assertThat(chats.ask(request.build()).text()).isNotEqualTo(first.text());
  }

  @Test
  void aClientThatGoesAwayLosesItsPlace() {
    long before = gateway.base().loop().abandoned();
    try (var _ = gateway.new Stall()) {
      Context.CancellableContext context = Context.current().withCancellation();
      context.run(
          () -> {
            var _ = chats.begin(TestGateway.BASE, "Nobody waits for this.");
          });
      await().until(() -> gateway.base().loop().waiting() == 1);
      context.cancel(null);
      await().until(() -> gateway.base().loop().unwanted() == 1);
    }
    await().until(() -> gateway.base().loop().abandoned() == before + 1);
  }

  @Test
  void beyondTheQueueLimitARequestIsToldToComeBack() {
    List<CompletableFuture<TestChats.Reply>> queued = new ArrayList<>();
    try (var _ = gateway.new Stall()) {
      for (int i = 0; i < QUEUE_LIMIT; i++) {
        queued.add(chats.begin(TestGateway.BASE, "In line " + i));
      }
      await().until(() -> gateway.base().loop().waiting() == QUEUE_LIMIT);

      Problem full = problem(() -> chats.ask(TestGateway.BASE, "One too many"));

      assertThat(full.reason()).isEqualTo("QUEUE_FULL");
      assertThat(full.details()).containsKey(GrpcProblems.RETRY_AFTER_MS);
    }
    assertThat(queued.stream().map(CompletableFuture::join)).hasSize(QUEUE_LIMIT);
  }

  @Test
  void badRequestsNameWhatIsWrong() {
    assertThat(problem(() -> chats.ask("no-such-model", "Hi")).reason())
        .isEqualTo("MODEL_NOT_FOUND");
    assertThat(problem(() -> chats.ask("../etc", "Hi")).reason()).isEqualTo("MODEL_NOT_FOUND");
    ChatRequest.Builder hot = TestChats.request(TestGateway.BASE, "Hi").toBuilder();
    hot.getSamplingBuilder().setTemperature(-1);
    assertThat(problem(() -> chats.ask(hot.build())).details())
        .containsEntry(Problem.FIELD, "temperature");
    Problem tooLong = problem(() -> chats.ask(TestGateway.BASE, "so long ".repeat(200)));
    assertThat(tooLong.reason()).isEqualTo("CONTEXT_LENGTH_EXCEEDED");
    assertThat(tooLong.details())
        .containsEntry("context_tokens", "256")
        .containsKey("prompt_tokens");
    ChatRequest odd =
        ChatRequest.newBuilder()
            .setModel(TestGateway.BASE)
            .addMessages(ChatMessage.newBuilder().setRole("wizard").setContent("Hi"))
            .build();
    assertThat(problem(() -> chats.ask(odd)).details())
        .containsEntry(Problem.FIELD, "messages[0].role");
  }

  @Test
  void evaluationGeneratesAndScoresWithAnAdapterThatIsNotDeployed() {
    ModelUnderTest base = ModelUnderTest.newBuilder().setBaseModel(TestGateway.BASE).build();
    ModelUnderTest candidate = base.toBuilder().setAdapter(gateway.adapter()).build();
    List<Conversation> prompts =
        List.of(conversation("Who pays?"), conversation("When?"), conversation("Why not?"));

    List<Generation> byBase = generate(base, prompts);
    List<Generation> byCandidate = generate(candidate, prompts);

    assertThat(byBase)
        .extracting(Generation::getText)
        .containsExactly(
            chats.ask(TestGateway.BASE, "Who pays?").text(),
            chats.ask(TestGateway.BASE, "When?").text(),
            chats.ask(TestGateway.BASE, "Why not?").text());
    assertThat(byCandidate).extracting(Generation::getText).isNotEqualTo(texts(byBase));

    List<Conversation> answered = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      answered.add(
          prompts.get(i).toBuilder()
              .addMessages(message("assistant", byBase.get(i).getText()))
              .build());
    }
    List<AnswerScore> baseScores = score(base, answered);
    List<AnswerScore> candidateScores = score(candidate, answered);
    BaseModel model = gateway.base().model();
    try (var adapter = Methods.load(TestGateway.ADAPTER, model)) {
      for (int i = 0; i < answered.size(); i++) {
        TrainingExample example = trained(answered.get(i));
        expectScore(baseScores.get(i), Validation.of(model, null, List.of(example), 1));
        expectScore(candidateScores.get(i), Validation.of(model, adapter, List.of(example), 1));
      }
    }
  }

  /** What training would make of a conversation. */
  private static TrainingExample trained(Conversation conversation) {
    EncodedExample example =
        new ExampleEncoder(gateway.base().tokenizer(), gateway.base().template(), 256)
            .conversation(
                conversation.getMessagesList().stream()
                    .map(m -> new dev.tuneline.engine.chat.ChatMessage(m.getRole(), m.getContent()))
                    .toList(),
                ExampleEncoder.TrainedTurns.LAST);
    return new TrainingExample(example.inputIds(), example.labels());
  }

  private static void expectScore(AnswerScore score, Validation training) {
    assertThat(score.getTokens()).isEqualTo(training.labelTokens()).isGreaterThan(1);
    assertThat(score.getLogLikelihood())
        .isCloseTo(-training.loss() * training.labelTokens(), within(1e-2));
  }

  @Test
  void aJobsAdapterAnswersUnderItsFineTunedName() {
    Adapter adapter = gateway.adapter();
    JobSpec spec = JobSpec.newBuilder().setBaseModel(TestGateway.BASE).setSuffix("legal").build();
    publish("job-1", JobEvent.newBuilder().setRequested(JobRequested.newBuilder().setSpec(spec)));
    publish("job-1", JobEvent.newBuilder().setAccepted(accepted(spec)));
    publish("job-1", JobEvent.newBuilder().setSharded(sharded()));
    publish("job-1", JobEvent.newBuilder().setStarted(started()));
    publish("job-1", JobEvent.newBuilder().setTrained(JobTrained.newBuilder().setAdapter(adapter)));

    TestChats.Reply reply = chats.ask("ft:qwen2-tied:legal:job-1", "Who pays?");

    assertThat(reply.finish().getAdapterId()).isEqualTo(adapter.getAdapterId());
    assertThat(chats.listed())
        .extracting(ServedModel::getName)
        .contains(TestGateway.BASE, "ft:qwen2-tied:legal:job-1");
    assertThat(problem(() -> chats.ask("ft:qwen2-tied:other:job-1", "Hi")).reason())
        .isEqualTo("MODEL_NOT_FOUND");
  }

  private static dev.tuneline.proto.v1.JobAccepted accepted(JobSpec spec) {
    return dev.tuneline.proto.v1.JobAccepted.newBuilder().setSpec(spec).build();
  }

  private static dev.tuneline.proto.v1.JobSharded sharded() {
    return dev.tuneline.proto.v1.JobSharded.getDefaultInstance();
  }

  private static dev.tuneline.proto.v1.JobStarted started() {
    return dev.tuneline.proto.v1.JobStarted.getDefaultInstance();
  }

  private static void publish(String jobId, JobEvent.Builder event) {
    gateway.publisher().publish(Topics.JOBS, event.setJobId(jobId).build());
  }

  private static Conversation conversation(String question) {
    return Conversation.newBuilder().addMessages(message("user", question)).build();
  }

  private static ChatMessage message(String role, String content) {
    return ChatMessage.newBuilder().setRole(role).setContent(content).build();
  }

  private static List<Generation> generate(ModelUnderTest model, List<Conversation> prompts) {
    GenerateRequest request =
        GenerateRequest.newBuilder()
            .setModel(model)
            .addAllPrompts(prompts)
            .setSampling(TestChats.request("", "").getSampling())
            .build();
    return inference.generate(request).getGenerationsList();
  }

  private static List<AnswerScore> score(ModelUnderTest model, List<Conversation> conversations) {
    return inference
        .score(ScoreRequest.newBuilder().setModel(model).addAllConversations(conversations).build())
        .getScoresList();
  }

  private static List<String> texts(List<Generation> generations) {
    return generations.stream().map(Generation::getText).toList();
  }

  private static Problem problem(Runnable call) {
    return GrpcProblems.fromFailure(catchThrowable(call::run));
  }
}
