package dev.tuneline.preprocess;

import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.DeadLetters;
import dev.tuneline.platform.events.Doorkeeper;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.JobFold;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.PartitionLoop;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.events.WorkLoop;
import dev.tuneline.platform.service.ModelFolders;
import dev.tuneline.preprocess.dataset.PrepareDataset;
import dev.tuneline.preprocess.dataset.PreparePart;
import dev.tuneline.preprocess.kafka.RowVetting;
import dev.tuneline.preprocess.shard.MadeShards;
import dev.tuneline.preprocess.shard.MakeShards;
import dev.tuneline.preprocess.shard.Preview;
import dev.tuneline.preprocess.shard.TextModels;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.SplitShards;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every part of preprocess, in the order in which they need each other; running once it is made.
 */
public final class Preprocess implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Preprocess.class);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final List<BooleanSupplier> loops = new ArrayList<>();
  private final Preview preview;

  public Preprocess(
      PreprocessConfig config,
      KafkaClients clients,
      ArtifactStore artifacts,
      ModelFolders models,
      InstantSource clock) {
    EventPublisher publisher =
        part(new EventPublisher(clients, clock, () -> UUID.randomUUID().toString()));
    DeadLetters deadLetters = part(new DeadLetters(clients));
    TopicView<Dataset, DatasetEvent> datasets =
        part(new TopicView<>(clients, Topics.DATASETS, new DatasetFold()), TopicView::isRunning);
    TopicView<List<SplitShards>, JobEvent> made =
        part(new TopicView<>(clients, Topics.JOBS, MadeShards.FOLD), TopicView::isRunning);
    TextModels texts = part(new TextModels(models, config.maxTextModels()));
    this.preview = new Preview(texts, datasets::get, artifacts);

    Duration viewTimeout = Duration.ofMillis(config.viewTimeoutMs());
    PreparePart parts =
        new PreparePart(datasets, clients, publisher, artifacts, config.preparation(), viewTimeout);
    part(
        new PartitionLoop<>(
            clients,
            Topics.ROWS,
            "tuneline-preprocess-rows",
            parts::missing,
            parts,
            settings(config.concurrentParts())),
        PartitionLoop::isRunning);
    part(
        new WorkLoop<>(
            clients,
            Topics.DATASETS,
            new DatasetFold(),
            "tuneline-preprocess-datasets",
            new PrepareDataset(publisher, artifacts, clock, config.preparation()),
            settings(config.concurrentDatasets())),
        WorkLoop::isRunning);
    part(
        new WorkLoop<>(
            clients,
            Topics.JOBS,
            new JobFold(),
            "tuneline-preprocess-jobs",
            new MakeShards(
                datasets::get,
                texts,
                artifacts,
                new MadeShards(() -> current(made, config), artifacts),
                publisher),
            settings(config.concurrentJobs())),
        WorkLoop::isRunning);
    part(
        new Doorkeeper<>(
            clients,
            Topics.ROWS,
            "tuneline-rows-door",
            new RowVetting(datasets, config.rowRules(), viewTimeout),
            publisher,
            deadLetters),
        Doorkeeper::isRunning);
  }

  private static List<List<SplitShards>> current(
      TopicView<List<SplitShards>, JobEvent> made, PreprocessConfig config) {
    made.awaitCurrent(Duration.ofMillis(config.viewTimeoutMs()));
    return made.all();
  }

  public Preview preview() {
    return preview;
  }

  private static WorkLoop.Settings settings(int concurrency) {
    return new WorkLoop.Settings(concurrency, 5, Duration.ofMillis(500));
  }

  /** Whether every loop still works; see the log for one that does not. */
  public boolean isRunning() {
    return loops.stream().allMatch(BooleanSupplier::getAsBoolean);
  }

  private <T extends AutoCloseable> T part(T part, Predicate<T> running) {
    loops.add(() -> running.test(part));
    return part(part);
  }

  private <T extends AutoCloseable> T part(T part) {
    parts.push(part);
    return part;
  }

  /** Ends the parts, the last made first; one that fails to end does not keep the others. */
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        log.warn("{} did not end well", part.getClass().getSimpleName(), e);
      }
    }
  }
}
