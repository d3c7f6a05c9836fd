package dev.tuneline.gateway.chat;

import com.google.protobuf.util.Timestamps;
import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.adapters.AdapterPool;
import dev.tuneline.gateway.deployments.Deployments;
import dev.tuneline.gateway.models.BaseModels;
import dev.tuneline.gateway.models.ServedBase;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.Deployment;
import dev.tuneline.proto.v1.DeploymentStatus;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.ModelUnderTest;
import dev.tuneline.proto.v1.ServedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What the names that clients call stand for: BASE, a deployment's name, or ft:BASE:SUFFIX:ID. Safe
 * for several threads; resolving may wait for models to be loaded.
 */
public final class ModelDirectory {
  private final BaseModels baseModels;
  private final AdapterPool adapters;
  private final Deployments deployments;
  private final TopicView<Job, JobEvent> jobs;
  private final Duration viewTimeout;
  private final Duration loadTimeout;

  /**
   * @param viewTimeout how long a name that is not known may wait for the log to be read
   * @param loadTimeout how long a request may wait for its model to be loaded
   */
  public ModelDirectory(
      BaseModels baseModels,
      AdapterPool adapters,
      Deployments deployments,
      TopicView<Job, JobEvent> jobs,
      Duration viewTimeout,
      Duration loadTimeout) {
    this.baseModels = baseModels;
    this.adapters = adapters;
    this.deployments = deployments;
    this.jobs = jobs;
    this.viewTimeout = viewTimeout;
    this.loadTimeout = loadTimeout;
  }

  /**
   * A model that can answer now.
   *
   * @param adapter for whoever resolved it to close; null for the base model itself
   */
  public record Resolved(ServedBase base, AdapterPool.@Nullable Lease adapter)
      implements AutoCloseable {
    @Override
    public void close() {
      if (adapter != null) {
        adapter.close();
      }
    }
  }

  /**
   * The model of a name.
   *
   * @throws Problem MODEL_NOT_FOUND; MODEL_LOADING (exhausted) when it takes long; or why it cannot
   *     be loaded
   */
  public Resolved resolve(String name) {
    if (name.isEmpty()) {
      throw Problem.caller("MISSING_FIELD", "the model is missing")
          .at(Problem.FIELD, "model")
          .mend("name one of the models that are listed");
    }
    if (baseModels.exists(name)) {
      return new Resolved(await(baseModels.get(name), name), null);
    }
    Optional<FineTunedName> fineTuned = FineTunedName.parse(name);
    if (fineTuned.isPresent()) {
      return withAdapter(adapterOf(fineTuned.get()), name);
    }
    Deployments.Choice choice = deployments.choose(name).orElseThrow(() -> whyNotDeployed(name));
    try {
      return new Resolved(await(baseModels.get(choice.baseModel()), name), choice.adapter());
    } catch (RuntimeException e) {
      if (choice.adapter() != null) {
        choice.adapter().close();
      }
      throw e;
    }
  }

  /** The model that an evaluation asks for; see {@link #resolve(String)}. */
  public Resolved resolve(ModelUnderTest model) {
    if (!model.hasAdapter()) {
      return new Resolved(await(baseModels.get(model.getBaseModel()), model.getBaseModel()), null);
    }
    if (!model.getAdapter().getBaseModel().equals(model.getBaseModel())) {
      throw Problem.caller(
              "ADAPTER_BASE_MISMATCH",
              "the adapter is for base model \"" + model.getAdapter().getBaseModel() + "\"")
          .at(Problem.FIELD, "model.base_model")
          .mend("ask for the adapter's own base model");
    }
    return withAdapter(model.getAdapter(), model.getBaseModel());
  }

  private Resolved withAdapter(Adapter adapter, String name) {
    AdapterPool.Lease lease = await(adapters.lease(adapter), name);
    try {
      return new Resolved(await(baseModels.get(adapter.getBaseModel()), name), lease);
    } catch (RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  private Adapter adapterOf(FineTunedName name) {
    if (find(name).isEmpty()) {
      jobs.awaitCurrent(viewTimeout);
    }
    return find(name).orElseThrow(() -> notFound(name.toString())).getAdapter();
  }

  private Optional<Job> find(FineTunedName name) {
    return jobs.get(name.jobId()).filter(job -> job.hasAdapter() && nameOf(job).equals(name));
  }

  private static FineTunedName nameOf(Job job) {
    return new FineTunedName(
        job.getSpec().getBaseModel(), job.getSpec().getSuffix(), job.getJobId());
  }

  private Problem whyNotDeployed(String name) {
    DeploymentStatus status =
        deployments.status(name, viewTimeout).orElseThrow(() -> notFound(name));
    return switch (status.getState()) {
      case SERVING_STATE_FAILED -> {
        Problem cause = WireProblem.fromProto(status.getProblem());
        yield Problem.ours(
                "DEPLOYMENT_UNAVAILABLE",
                "deployment \"" + name + "\" cannot be loaded: " + cause.message(),
                cause)
            .mend("deploy another adapter under this name");
      }
      case SERVING_STATE_LOADING, SERVING_STATE_READY, SERVING_STATE_UNSPECIFIED, UNRECOGNIZED ->
          stillLoading(name);
    };
  }

  private static Problem notFound(String name) {
    return Problem.caller("MODEL_NOT_FOUND", "the model \"" + name + "\" does not exist")
        .at(Problem.FIELD, "model")
        .mend("name one of the models that are listed");
  }

  private static Problem stillLoading(String name) {
    return Problem.exhausted("MODEL_LOADING", "the model \"" + name + "\" is still being loaded")
        .at(Problem.FIELD, "model")
        .mend("try again in a moment");
  }

  private <T> T await(CompletableFuture<T> future, String name) {
    try {
      return future.get(loadTimeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw Problem.from(e);
    } catch (TimeoutException e) {
      var _ = future.thenAccept(ModelDirectory::letGo);
      throw stillLoading(name);
    } catch (InterruptedException e) {
      var _ = future.thenAccept(ModelDirectory::letGo);
      Thread.currentThread().interrupt();
      throw Problem.ours("INTERRUPTED", "interrupted while loading \"" + name + "\"", e);
    }
  }

  /** A lease that comes too late must not stay. */
  private static <T> void letGo(T late) {
    if (late instanceof AdapterPool.Lease lease) {
      lease.close();
    }
  }

  /** All that can be called: base models, deployments, then the adapters of jobs, each by name. */
  public List<ServedModel> list() {
    List<ServedModel> models = new ArrayList<>();
    for (BaseModels.Listed base : baseModels.list()) {
      models.add(served(base.name(), base.name(), "", base.createdSeconds()));
    }
    for (DeploymentStatus status : deployments.statuses()) {
      Deployment deployment = status.getDeployment();
      String adapterId =
          deployment.getTargetsCount() == 1
              ? deployment.getTargets(0).getAdapter().getAdapterId()
              : "";
      models.add(
          served(
              deployment.getName(),
              deployment.getBaseModel(),
              adapterId,
              status.getSince().getSeconds()));
    }
    for (Job job : jobs.all()) {
      if (job.hasAdapter() && baseModels.exists(job.getSpec().getBaseModel())) {
        models.add(
            served(
                nameOf(job).toString(),
                job.getSpec().getBaseModel(),
                job.getAdapter().getAdapterId(),
                Timestamps.toMillis(job.getCreatedAt()) / 1_000));
      }
    }
    return models;
  }

  private static ServedModel served(String name, String base, String adapterId, long created) {
    return ServedModel.newBuilder()
        .setName(name)
        .setBaseModel(base)
        .setAdapterId(adapterId)
        .setCreated(created)
        .build();
  }
}
