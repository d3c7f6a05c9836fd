package dev.tuneline.gateway.deployments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.Event;
import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.Deployment;
import dev.tuneline.proto.v1.DeploymentChanged;
import dev.tuneline.proto.v1.DeploymentEvent;
import dev.tuneline.proto.v1.DeploymentRemoved;
import dev.tuneline.proto.v1.DeploymentTarget;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class DeploymentRulesTest {
  private static final DeploymentEvent SOUND = changed("legal", target("a", "tiny", 100));

  private static DeploymentTarget target(String adapterId, String base, int weightPercent) {
    return DeploymentTarget.newBuilder()
        .setAdapter(Adapter.newBuilder().setAdapterId(adapterId).setBaseModel(base))
        .setWeightPercent(weightPercent)
        .build();
  }

  private static DeploymentEvent changed(String name, DeploymentTarget... targets) {
    Deployment.Builder deployment = Deployment.newBuilder().setName(name).setBaseModel("tiny");
    for (DeploymentTarget target : targets) {
      deployment.addTargets(target);
    }
    return DeploymentEvent.newBuilder()
        .setName(name)
        .setChanged(DeploymentChanged.newBuilder().setDeployment(deployment))
        .build();
  }

  private static void expectField(DeploymentEvent event, String field) {
    assertThatThrownBy(() -> DeploymentRules.check(event))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.reason()).isEqualTo("INVALID_DEPLOYMENT");
              assertThat(problem.details()).containsEntry(Problem.FIELD, field);
            });
    assertThat(DeploymentRules.holds(event)).isFalse();
  }

  @Test
  void aSoundDeploymentPasses() {
    assertThat(DeploymentRules.holds(SOUND)).isTrue();
    assertThat(
            DeploymentRules.holds(
                changed("a.b_c-9", target("a", "tiny", 30), target("b", "tiny", 70))))
        .isTrue();
  }

  @Test
  void whatBreaksARuleIsNamed() {
    expectField(changed("no spaces", target("a", "tiny", 100)), "name");
    expectField(changed("x".repeat(65), target("a", "tiny", 100)), "name");
    expectField(changed("ft:a:b:c", target("a", "tiny", 100)), "name");
    expectField(changed("legal"), "changed.deployment.targets");
    expectField(
        changed("legal", target("a", "tiny", 60)), "changed.deployment.targets.weight_percent");
    expectField(
        changed("legal", target("a", "tiny", 150), target("b", "tiny", -50)),
        "changed.deployment.targets[0].weight_percent");
    expectField(
        changed("legal", target("a", "other", 100)),
        "changed.deployment.targets[0].adapter.base_model");
    expectField(
        changed("legal", target("", "tiny", 100)),
        "changed.deployment.targets[0].adapter.adapter_id");
    expectField(DeploymentEvent.newBuilder().setName("legal").build(), "event");
    expectField(SOUND.toBuilder().setName("other").build(), "changed.deployment.name");
  }

  @Test
  void theFoldTakesTheNewestSoundEvent() {
    DeploymentFold fold = new DeploymentFold();
    Deployment first = fold.apply(null, event(SOUND));
    assertThat(first).isEqualTo(SOUND.getChanged().getDeployment());
    assertThat(fold.apply(first, event(changed("legal", target("b", "tiny", 1))))).isEqualTo(first);
    DeploymentEvent removed =
        DeploymentEvent.newBuilder()
            .setName("legal")
            .setRemoved(DeploymentRemoved.getDefaultInstance())
            .build();
    assertThat(fold.apply(first, event(removed))).isNull();
  }

  private static Event<DeploymentEvent> event(DeploymentEvent body) {
    return new Event<>("1", "", "", Instant.EPOCH, "", "", body, new Event.Position(0, 0));
  }
}
