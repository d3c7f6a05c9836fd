package dev.tuneline.gateway;

import static dev.tuneline.gateway.TestGateway.target;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.tuneline.gateway.adapters.AdapterPool;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.DeploymentServiceGrpc;
import dev.tuneline.proto.v1.DeploymentServiceGrpc.DeploymentServiceBlockingStub;
import dev.tuneline.proto.v1.DeploymentStatus;
import dev.tuneline.proto.v1.GetDeploymentRequest;
import dev.tuneline.proto.v1.ListDeploymentsRequest;
import dev.tuneline.proto.v1.ServedModel;
import dev.tuneline.proto.v1.ServingState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events decide what is served, while requests run. */
class DeploymentIT {
  private static TestGateway gateway;
  private static TestChats chats;
  private static DeploymentServiceBlockingStub deployments;

  @BeforeAll
  static void start(@TempDir Path folder) {
    gateway = TestGateway.start(folder, 8, 64);
    chats = new TestChats(gateway);
    deployments = DeploymentServiceGrpc.newBlockingStub(gateway.channel());
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void anEventSwitchesNewRequestsWhileThoseUnderWayEndOnWhatTheyBeganWith() throws Exception {
    Adapter adapter = gateway.adapter();
    gateway.deploy("switching", target(100));
    awaitReady("switching");
    TestChats.Reply before = chats.ask("switching", "Who pays for a broken window?");
    assertThat(before.finish().getAdapterId()).isEmpty();
    assertThat(before).isEqualTo(chats.ask(TestGateway.BASE, "Who pays for a broken window?"));

    CompletableFuture<TestChats.Reply> underWay;
    try (var _ = gateway.new Stall()) {
      underWay = chats.begin("switching", "Who pays for a broken window?");
      await().until(() -> gateway.base().loop().waiting() == 1);
      gateway.deploy("switching", target(adapter, 100));
      awaitReady("switching");
    }

    assertThat(underWay.get()).isEqualTo(before);
    TestChats.Reply after = chats.ask("switching", "Who pays for a broken window?");
    assertThat(after.finish().getAdapterId()).isEqualTo(adapter.getAdapterId());
    assertThat(after.text()).isNotEqualTo(before.text());
  }

  @Test
  void aRemovedDeploymentKeepsItsAdapterUntilItsLastAnswerEnds() throws Exception {
    Adapter adapter = gateway.adapter(TestGateway.resource("/adapters/doubled-lora"));
    AdapterPool pool = gateway.bean(AdapterPool.class);
    gateway.deploy("leaving", target(adapter, 100));
    awaitReady("leaving");
    assertThat(pool.holds(adapter)).isTrue();
    TestChats.Reply before = chats.ask("leaving", "How long is the notice period?");

    CompletableFuture<TestChats.Reply> underWay;
    try (var _ = gateway.new Stall()) {
      underWay = chats.begin("leaving", "How long is the notice period?");
      await().until(() -> gateway.base().loop().waiting() == 1);
      gateway.remove("leaving");
      await().until(() -> reasonOf("leaving").equals("DEPLOYMENT_NOT_FOUND"));
      await()
          .until(
              () -> chats.listed().stream().map(ServedModel::getName).noneMatch("leaving"::equals));
      assertThat(pool.holds(adapter)).isTrue();
    }

    assertThat(underWay.get()).isEqualTo(before);
    await().until(() -> !pool.holds(adapter));
    Throwable gone = catchThrowable(() -> chats.ask("leaving", "Are you there?"));
    assertThat(GrpcProblems.fromFailure(gone).reason()).isEqualTo("MODEL_NOT_FOUND");
  }

  @Test
  void aGatewayThatStartsServesWhatTheLogSaysOnceItIsReady() {
    gateway.deploy("lasting", target(gateway.adapter(), 100));
    gateway.deploy("gone", target(100));
    gateway.remove("gone");
    awaitReady("lasting");
    TestChats.Reply before = chats.ask("lasting", "Who signs the contract?");

    try (TestGateway another = gateway.another()) {
      TestChats fresh = new TestChats(another);
      assertThat(fresh.ask("lasting", "Who signs the contract?")).isEqualTo(before);
      assertThat(fresh.listed()).extracting(ServedModel::getName).doesNotContain("gone");
    }
  }

  @Test
  void whatCannotBeLoadedLeavesTheOldVersionServing() {
    gateway.deploy("careful", target(gateway.adapter(), 100));
    awaitReady("careful");
    TestChats.Reply before = chats.ask("careful", "May my landlord enter?");
    Adapter lying = gateway.adapter().toBuilder().setAdapterId("0".repeat(64)).build();

    gateway.deploy("careful", target(lying, 100));

    await().until(() -> state("careful") == ServingState.SERVING_STATE_FAILED);
    assertThat(status("careful").getProblem().getReason()).isEqualTo("ADAPTER_ID_MISMATCH");
    assertThat(chats.ask("careful", "May my landlord enter?")).isEqualTo(before);
  }

  @Test
  void anAdapterForOtherTensorsIsRefusedAndNamesThem() throws Exception {
    Adapter wrong = gateway.adapter(TestGateway.resource("/adapters/wrong-shape-lora"));

    gateway.deploy("misfit", target(wrong, 100));

    await().until(() -> state("misfit") == ServingState.SERVING_STATE_FAILED);
    assertThat(status("misfit").getProblem().toString()).contains("q_proj.lora_A");
    Throwable refused = catchThrowable(() -> chats.ask("misfit", "Are you there?"));
    assertThat(GrpcProblems.fromFailure(refused).reason()).isEqualTo("DEPLOYMENT_UNAVAILABLE");
  }

  @Test
  void anAdapterThatChangesNothingIsRefused() {
    Adapter idle = gateway.adapter(TestGateway.resource("/adapters/zero-lora"));

    gateway.deploy("idle", target(idle, 100));

    await().until(() -> state("idle") == ServingState.SERVING_STATE_FAILED);
    assertThat(status("idle").getProblem().getReason()).isEqualTo("ADAPTER_WITHOUT_EFFECT");
  }

  @Test
  void weightsShareTheTraffic() {
    Adapter adapter = gateway.adapter();
    gateway.deploy("shared", target(50), target(adapter, 50));
    awaitReady("shared");
    Set<String> answeredBy = new HashSet<>();
    for (int i = 0; i < 60; i++) {
      answeredBy.add(chats.ask("shared", "Hello?").finish().getAdapterId());
    }
    // All sixty on one side happens once in 2^59 runs.
    assertThat(answeredBy).containsExactlyInAnyOrder("", adapter.getAdapterId());
  }

  @Test
  void aDeploymentThatBreaksARuleBecomesADeadLetterAndChangesNothing() {
    gateway.deploy("lopsided", target(60));
    gateway.deploy(TestGateway.BASE, target(100));
    gateway.deploy("sound", target(100));
    awaitReady("sound");

    await()
        .untilAsserted(
            () ->
                assertThat(TestLetters.reasons(gateway.kafka(), Topics.DEPLOYMENTS))
                    .containsExactlyInAnyOrder("INVALID_DEPLOYMENT", "DEPLOYMENT_NAME_TAKEN"));
    assertThat(
            deployments
                .listDeployments(ListDeploymentsRequest.getDefaultInstance())
                .getStatusesList())
        .noneMatch(status -> status.getDeployment().getName().equals("lopsided"));
  }

  private static void awaitReady(String name) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> state(name) == ServingState.SERVING_STATE_READY);
  }

  private static ServingState state(String name) {
    return status(name).getState();
  }

  private static DeploymentStatus status(String name) {
    return deployments
        .getDeployment(GetDeploymentRequest.newBuilder().setName(name).build())
        .getStatus();
  }

  private static String reasonOf(String name) {
    Throwable failure = catchThrowable(() -> status(name));
    return failure == null ? "" : GrpcProblems.fromFailure(failure).reason();
  }
}
