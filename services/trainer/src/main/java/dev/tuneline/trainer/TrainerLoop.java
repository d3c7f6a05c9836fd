package dev.tuneline.trainer;

import dev.tuneline.engine.tensor.Torch;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.JobQueue;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.service.ModelFolders;
import dev.tuneline.trainer.grpc.TrainerEndpoint;
import dev.tuneline.trainer.job.BaseModels;
import dev.tuneline.trainer.job.Estimates;
import dev.tuneline.trainer.job.TrainStep;
import dev.tuneline.trainer.job.WorkFolder;
import dev.tuneline.trainer.progress.LiveTraining;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.Supplier;

/** Every part of the trainer, running from construction until {@link #close}. */
public final class TrainerLoop implements AutoCloseable {
  private static final String GROUP = "tuneline-trainer";

  private final String name;
  private final LiveTraining live = new LiveTraining();
  private final EventPublisher publisher;
  private final Estimates estimates;
  private final JobQueue training;

  /**
   * Starts all parts.
   *
   * @param models the folder of the base models
   * @param ids gives a new event id at each call
   */
  public TrainerLoop(
      KafkaClients clients,
      ArtifactStore store,
      Path models,
      InstantSource clock,
      Supplier<String> ids,
      TrainerConfig config) {
    name = config.name().isBlank() ? "trainer-" + ProcessHandle.current().pid() : config.name();
    if (config.threads() > 0) {
      Torch.setThreads(config.threads());
    }
    publisher = new EventPublisher(clients, clock, ids);
    TrainStep step =
        new TrainStep(
            name,
            new BaseModels(new ModelFolders(models)),
            store,
            new WorkFolder(config.work(), clock),
            publisher,
            live,
            clock,
            config.memoryBytes());
    estimates = step.estimates();
    training = new JobQueue(clients, publisher, GROUP, name + "-" + ids.get(), step);
  }

  /** The gRPC edge of this trainer. */
  public TrainerEndpoint endpoint() {
    return new TrainerEndpoint(name, Torch.deviceName(), Torch.threads(), live, estimates);
  }

  /** Whether it still works; a loop that broke says why in the log. */
  public boolean isRunning() {
    return training.isRunning();
  }

  @Override
  public void close() {
    training.close();
    publisher.close();
  }
}
