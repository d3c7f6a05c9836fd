package dev.tuneline.gateway.deployments;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Deployment;
import dev.tuneline.proto.v1.DeploymentEvent;
import dev.tuneline.proto.v1.DeploymentTarget;
import java.util.regex.Pattern;

/** What every deployment must fulfil, whoever asks for it; pure, so that folds may use it. */
public final class DeploymentRules {
  /** The most targets of one deployment. */
  public static final int MAX_TARGETS = 16;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final int ALL_PERCENT = 100;

  private DeploymentRules() {}

  /**
   * Returns normally when the event may be acted upon.
   *
   * @throws Problem INVALID_DEPLOYMENT of the caller that names the field
   */
  public static void check(DeploymentEvent event) {
    checkName(event.getName());
    switch (event.getEventCase()) {
      case CHANGED -> check(event.getName(), event.getChanged().getDeployment());
      case REMOVED -> {}
      case EVENT_NOT_SET ->
          throw invalid("event", "the event says nothing", "set changed or removed");
    }
  }

  /** Whether {@link #check} would let the event pass. */
  public static boolean holds(DeploymentEvent event) {
    try {
      check(event);
      return true;
    } catch (Problem refused) {
      return false;
    }
  }

  private static void checkName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw invalid(
          "name",
          "a deployment cannot be named \"" + name + "\"",
          "use 1 to 64 of the characters A-Z a-z 0-9 . _ -");
    }
  }

  private static void check(String name, Deployment deployment) {
    if (!deployment.getName().equals(name)) {
      throw invalid(
          "changed.deployment.name",
          "the deployment is named \"" + deployment.getName() + "\" but its event \"" + name + "\"",
          "give both the same name");
    }
    if (deployment.getBaseModel().isEmpty()) {
      throw invalid(
          "changed.deployment.base_model", "the base model is missing", "name a base model");
    }
    int count = deployment.getTargetsCount();
    if (count < 1 || count > MAX_TARGETS) {
      throw invalid(
          "changed.deployment.targets",
          count + " targets",
          "give 1 to " + MAX_TARGETS + " targets");
    }
    int sum = 0;
    for (int i = 0; i < count; i++) {
      String field = "changed.deployment.targets[" + i + "]";
      check(field, deployment.getTargets(i), deployment.getBaseModel());
      sum += deployment.getTargets(i).getWeightPercent();
    }
    if (sum != ALL_PERCENT) {
      throw invalid(
          "changed.deployment.targets.weight_percent",
          "the weights add up to " + sum + " percent",
          "make them add up to 100");
    }
  }

  private static void check(String field, DeploymentTarget target, String baseModel) {
    int weight = target.getWeightPercent();
    if (weight < 0 || weight > ALL_PERCENT) {
      throw invalid(field + ".weight_percent", "a weight of " + weight, "use 0 to 100");
    }
    if (!target.hasAdapter()) {
      return;
    }
    if (target.getAdapter().getAdapterId().isEmpty()) {
      throw invalid(
          field + ".adapter.adapter_id", "the adapter has no id", "give the adapter's id");
    }
    if (!target.getAdapter().getBaseModel().equals(baseModel)) {
      throw invalid(
          field + ".adapter.base_model",
          "the adapter is for base model \""
              + target.getAdapter().getBaseModel()
              + "\", the deployment for \""
              + baseModel
              + "\"",
          "deploy adapters of the deployment's base model only");
    }
  }

  private static Problem invalid(String field, String message, String mend) {
    return Problem.caller("INVALID_DEPLOYMENT", message).at(Problem.FIELD, field).mend(mend);
  }
}
