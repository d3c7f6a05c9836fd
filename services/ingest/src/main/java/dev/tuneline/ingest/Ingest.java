package dev.tuneline.ingest;

import dev.tuneline.ingest.dataset.Datasets;
import dev.tuneline.ingest.dataset.Imports;
import dev.tuneline.ingest.dataset.PublishRows;
import dev.tuneline.ingest.dataset.RowLog;
import dev.tuneline.ingest.dataset.UploadReading;
import dev.tuneline.ingest.dataset.Uploads;
import dev.tuneline.ingest.growth.Grow;
import dev.tuneline.ingest.growth.RowCounts;
import dev.tuneline.ingest.job.AdmitJob;
import dev.tuneline.ingest.job.JobAdmission;
import dev.tuneline.ingest.job.JobHistory;
import dev.tuneline.ingest.job.Jobs;
import dev.tuneline.ingest.kafka.Vetting;
import dev.tuneline.ingest.projection.Projection;
import dev.tuneline.ingest.projection.RedisConnection;
import dev.tuneline.ingest.sweep.RunSweep;
import dev.tuneline.ingest.upload.FileSource;
import dev.tuneline.ingest.upload.PartFiles;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.DeadLetters;
import dev.tuneline.platform.events.Doorkeeper;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.JobFold;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.events.WorkLoop;
import dev.tuneline.platform.service.ModelFolders;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.TrainingMeasured;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every part of ingest, in the order in which they need each other; running once it is made. */
public final class Ingest implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Ingest.class);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final List<BooleanSupplier> loops = new ArrayList<>();
  private final Datasets datasets;
  private final Uploads uploads;
  private final Imports imports;
  private final Jobs jobs;

  /**
   * @param namespace put in front of every key in Redis
   */
  public Ingest(
      IngestConfig config,
      KafkaClients clients,
      String namespace,
      ArtifactStore artifacts,
      ModelFolders models,
      InstantSource clock) {
    Duration readTimeout = Duration.ofMillis(config.readTimeoutMs());
    RedisConnection redis =
        part(new RedisConnection(config.redisUri(), Duration.ofMillis(config.redisTimeoutMs())));
    EventPublisher publisher =
        part(new EventPublisher(clients, clock, () -> UUID.randomUUID().toString()));
    DeadLetters deadLetters = part(new DeadLetters(clients));
    Ids ids = new Ids(() -> UUID.randomUUID().toString());
    Repeats repeats =
        new Repeats(redis, namespace + "tuneline:", Duration.ofMillis(config.idempotencyTtlMs()));

    TopicView<Dataset, DatasetEvent> datasetView =
        part(new TopicView<>(clients, Topics.DATASETS, new DatasetFold()), TopicView::isRunning);
    TopicView<TrainingMeasured, TrainingMeasured> measured =
        part(
            new TopicView<>(clients, Topics.METRICS, (before, event) -> event.body()),
            TopicView::isRunning);
    Projection<Dataset, DatasetEvent> datasetProjection =
        part(
            new Projection<>(
                clients,
                redis,
                namespace + "tuneline:datasets",
                Topics.DATASETS,
                new DatasetFold(),
                Dataset.parser(),
                dataset -> millis(dataset.getCreatedAt()),
                readTimeout),
            Projection::isRunning);
    Projection<Job, JobEvent> jobProjection =
        part(
            new Projection<>(
                clients,
                redis,
                namespace + "tuneline:jobs",
                Topics.JOBS,
                new JobFold(),
                Job.parser(),
                job -> millis(job.getCreatedAt()),
                readTimeout),
            Projection::isRunning);

    UploadReading reading = new UploadReading(artifacts, config.tableLimits());
    JobAdmission templates =
        new JobAdmission(
            id -> Optional.of(Dataset.newBuilder().setDatasetId(id).setCutVersion(1).build()),
            models,
            Set.copyOf(config.methods()));
    this.datasets =
        new Datasets(
            clients,
            publisher,
            datasetProjection,
            ids,
            repeats,
            job -> templates.complete(job.toBuilder().setDatasetId("growing").build()));
    PartFiles parts = part(new PartFiles(config.uploadFolder(), config.partLimits(), clock));
    this.uploads =
        new Uploads(
            datasets,
            parts,
            artifacts,
            reading,
            ids,
            repeats,
            () -> {
              datasetView.awaitCurrent(readTimeout);
              return datasetView.all();
            });
    this.imports =
        new Imports(uploads, new FileSource(config.importRoots(), config.maxUploadBytes()));
    JobAdmission admission =
        new JobAdmission(
            id -> {
              datasetView.awaitCurrent(readTimeout);
              return datasetView.get(id);
            },
            models,
            Set.copyOf(config.methods()));
    TopicView<JobHistory, JobEvent> histories =
        part(new TopicView<>(clients, Topics.JOBS, JobHistory::fold), TopicView::isRunning);
    this.jobs =
        new Jobs(
            admission,
            publisher,
            jobProjection,
            measured::get,
            ids,
            repeats,
            histories,
            readTimeout);

    part(
        new WorkLoop<>(
            clients,
            Topics.DATASETS,
            new DatasetFold(),
            "tuneline-ingest-rows",
            new PublishRows(reading, publisher, config.maxRowsInFlight()),
            new WorkLoop.Settings(config.concurrentUploads(), 5, Duration.ofMillis(500))),
        WorkLoop::isRunning);
    part(
        new WorkLoop<>(
            clients,
            Topics.JOBS,
            new JobFold(),
            "tuneline-ingest-admission",
            new AdmitJob(admission, publisher),
            WorkLoop.Settings.standard()),
        WorkLoop::isRunning);
    part(
        new WorkLoop<>(
            clients,
            Topics.JOBS,
            new JobFold(),
            "tuneline-ingest-sweeps",
            new RunSweep(
                admission::trials, id -> histories.get(id).map(JobHistory::job), publisher),
            WorkLoop.Settings.standard()),
        WorkLoop::isRunning);

    RowCounts counts = part(new RowCounts(clients, datasetView::all));
    part(
        new WorkLoop<>(
            clients,
            Topics.DATASETS,
            new DatasetFold(),
            "tuneline-ingest-growth",
            new Grow(
                counts::since,
                () -> RowLog.end(clients),
                id -> histories.get(id).isPresent(),
                publisher,
                clock),
            WorkLoop.Settings.standard()),
        WorkLoop::isRunning);

    part(
        new Doorkeeper<>(
            clients,
            Topics.DATASETS,
            "tuneline-datasets-door",
            Vetting::dataset,
            publisher,
            deadLetters),
        Doorkeeper::isRunning);
    part(
        new Doorkeeper<>(
            clients, Topics.JOBS, "tuneline-jobs-door", Vetting::job, publisher, deadLetters),
        Doorkeeper::isRunning);
    part(
        new Doorkeeper<>(
            clients,
            Topics.METRICS,
            "tuneline-metrics-door",
            Vetting::metric,
            publisher,
            deadLetters),
        Doorkeeper::isRunning);
  }

  public Datasets datasets() {
    return datasets;
  }

  public Uploads uploads() {
    return uploads;
  }

  public Imports imports() {
    return imports;
  }

  public Jobs jobs() {
    return jobs;
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

  private static long millis(com.google.protobuf.Timestamp time) {
    return com.google.protobuf.util.Timestamps.toMillis(time);
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
