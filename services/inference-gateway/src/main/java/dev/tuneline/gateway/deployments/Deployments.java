package dev.tuneline.gateway.deployments;

import com.google.protobuf.util.Timestamps;
import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.adapters.AdapterPool;
import dev.tuneline.gateway.models.BaseModels;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.Deployment;
import dev.tuneline.proto.v1.DeploymentEvent;
import dev.tuneline.proto.v1.DeploymentStatus;
import dev.tuneline.proto.v1.DeploymentTarget;
import dev.tuneline.proto.v1.ServingState;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what is served in line with what the log says, off the engine loops: a changed
 * deployment's adapters are loaded first, then its requests switch to them at once; answers under
 * way end on the old ones. One that cannot be loaded keeps answering as before, and its status
 * tells why. Failures that are not the deployment's fault are tried again. Safe for several
 * threads.
 */
public final class Deployments implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Deployments.class);
  private static final long FIRST_RETRY_MS = 500;
  private static final long MAX_RETRY_MS = 30_000;

  /** How a name stands; {@code route} is null until it was loaded once. */
  private record Served(DeploymentStatus status, @Nullable Route route, int failures) {}

  private final TopicView<Deployment, DeploymentEvent> view;
  private final BaseModels baseModels;
  private final AdapterPool adapters;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Map<String, Served> served = new ConcurrentSkipListMap<>();
  private final ScheduledExecutorService worker =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("tuneline-deployments").factory());

  /**
   * @param random chooses among weighted targets
   */
  public Deployments(
      TopicView<Deployment, DeploymentEvent> view,
      BaseModels baseModels,
      AdapterPool adapters,
      InstantSource clock,
      RandomGenerator random) {
    this.view = view;
    this.baseModels = baseModels;
    this.adapters = adapters;
    this.clock = clock;
    this.random = random;
  }

  /**
   * Begins to follow the log.
   *
   * @param timeout how long one try to read the log may take; it is tried until it is read
   * @return completes once every deployment of the log was tried
   */
  public CompletableFuture<Void> start(Duration timeout) {
    CompletableFuture<Void> tried = new CompletableFuture<>();
    view.onChange(name -> later(() -> reconcile(name), 0));
    later(() -> begin(timeout, tried), 0);
    return tried;
  }

  private void begin(Duration timeout, CompletableFuture<Void> tried) {
    try {
      view.awaitCurrent(timeout);
      view.all().forEach(deployment -> reconcile(deployment.getName()));
      tried.complete(null);
    } catch (Problem problem) {
      log.warn("will read the deployments again: {}", problem.describe());
      later(() -> begin(timeout, tried), FIRST_RETRY_MS);
    }
  }

  private void later(Runnable task, long delayMs) {
    try {
      var _ = worker.schedule(task, delayMs, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("the gateway is stopping", e);
    }
  }

  /** How this gateway stands to each deployment of the log, by name. */
  public List<DeploymentStatus> statuses() {
    return view.all().stream().map(this::statusOf).toList();
  }

  /**
   * How this gateway stands to a deployment, after everything that the log held at the time of the
   * call is known; empty when the log does not have it.
   *
   * @throws Problem VIEW_BEHIND when that takes longer than {@code timeout}
   */
  public Optional<DeploymentStatus> status(String name, Duration timeout) {
    view.awaitCurrent(timeout);
    return view.get(name).map(this::statusOf);
  }

  private DeploymentStatus statusOf(Deployment wanted) {
    Served now = served.get(wanted.getName());
    return now != null && now.status().getDeployment().equals(wanted)
        ? now.status()
        : loading(wanted);
  }

  /** Where one request goes. */
  public record Choice(String baseModel, AdapterPool.@Nullable Lease adapter) {}

  /**
   * Chooses a target by weight.
   *
   * @return its base model and a lease that the caller closes; empty when the name has no version
   *     that answers
   */
  public Optional<Choice> choose(String name) {
    // A route may be replaced between reading it and leasing from it; then the new one is there.
    for (Served now = served.get(name); now != null; now = served.get(name)) {
      Route route = now.route();
      if (route == null) {
        return Optional.empty();
      }
      Route.Target target;
      synchronized (random) {
        target = route.choose(random);
      }
      if (target.pin() == null) {
        return Optional.of(new Choice(route.baseModel(), null));
      }
      Optional<AdapterPool.Lease> lease = target.pin().share();
      if (lease.isPresent()) {
        return Optional.of(new Choice(route.baseModel(), lease.get()));
      }
    }
    return Optional.empty();
  }

  /** Runs on the worker. */
  private void reconcile(String name) {
    Served now = served.get(name);
    Route old = now == null ? null : now.route();
    Deployment wanted = view.get(name).orElse(null);
    if (wanted == null) {
      served.remove(name);
      if (old != null) {
        log.info("deployment {} is removed", name);
        old.release();
      }
      return;
    }
    int failures = 0;
    if (now != null && now.status().getDeployment().equals(wanted)) {
      if (now.status().getState() == ServingState.SERVING_STATE_READY) {
        return;
      }
      failures = now.failures();
    }
    served.put(name, new Served(loading(wanted), old, failures));
    try {
      Route route = load(wanted);
      served.put(
          name, new Served(status(wanted, ServingState.SERVING_STATE_READY, null), route, 0));
      log.info("deployment {} is ready", name);
      if (old != null) {
        old.release();
      }
    } catch (RuntimeException e) {
      Problem problem = Problem.from(e);
      if (problem.fault() == Fault.CALLER) {
        log.warn("deployment {} cannot be served: {}", name, problem.describe());
      } else {
        log.warn("deployment {} is not served yet: {}", name, problem.describe(), e);
      }
      served.put(
          name,
          new Served(
              status(wanted, ServingState.SERVING_STATE_FAILED, problem), old, failures + 1));
      if (problem.fault() != Fault.CALLER) {
        long pause = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS << Math.min(failures, 10));
        later(() -> reconcile(name), pause);
      }
    }
  }

  private Route load(Deployment wanted) {
    requireOwnName(wanted.getName());
    baseModels.get(wanted.getBaseModel()).join();
    List<Route.Target> targets = new ArrayList<>();
    try {
      for (DeploymentTarget target : wanted.getTargetsList()) {
        AdapterPool.Lease pin =
            target.hasAdapter() ? adapters.pin(target.getAdapter()).join() : null;
        targets.add(new Route.Target(pin, target.getWeightPercent()));
      }
    } catch (RuntimeException e) {
      new Route(wanted.getBaseModel(), targets).release();
      throw e;
    }
    return new Route(wanted.getBaseModel(), targets);
  }

  /**
   * Refuses a deployment that would hide a base model.
   *
   * @throws Problem DEPLOYMENT_NAME_TAKEN
   */
  public void requireOwnName(String name) {
    if (baseModels.exists(name)) {
      throw Problem.caller("DEPLOYMENT_NAME_TAKEN", "\"" + name + "\" is the name of a base model")
          .at(Problem.FIELD, "name")
          .mend("choose another name for the deployment");
    }
  }

  private DeploymentStatus loading(Deployment wanted) {
    return status(wanted, ServingState.SERVING_STATE_LOADING, null);
  }

  private DeploymentStatus status(
      Deployment wanted, ServingState state, @Nullable Problem problem) {
    DeploymentStatus.Builder status =
        DeploymentStatus.newBuilder()
            .setDeployment(wanted)
            .setState(state)
            .setSince(Timestamps.fromMillis(clock.millis()));
    if (problem != null) {
      status.setProblem(WireProblem.toProto(problem));
    }
    return status.build();
  }

  @Override
  public void close() {
    worker.shutdownNow();
    try {
      if (!worker.awaitTermination(30, TimeUnit.SECONDS)) {
        log.error("the deployments' worker does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    List<Served> last = List.copyOf(served.values());
    served.clear();
    for (Served each : last) {
      if (each.route() != null) {
        each.route().release();
      }
    }
  }
}
