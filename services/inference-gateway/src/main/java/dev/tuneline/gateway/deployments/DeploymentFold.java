package dev.tuneline.gateway.deployments;

import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.events.Fold;
import dev.tuneline.proto.v1.Deployment;
import dev.tuneline.proto.v1.DeploymentEvent;
import org.jspecify.annotations.Nullable;

/** The newest deployment of each name; an event that breaks a rule changes nothing. */
public final class DeploymentFold implements Fold<Deployment, DeploymentEvent> {
  @Override
  public @Nullable Deployment apply(@Nullable Deployment deployment, Event<DeploymentEvent> event) {
    if (!DeploymentRules.holds(event.body())) {
      return deployment;
    }
    return event.body().hasChanged() ? event.body().getChanged().getDeployment() : null;
  }
}
