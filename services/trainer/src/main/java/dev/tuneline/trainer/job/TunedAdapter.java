package dev.tuneline.trainer.job;

import dev.tuneline.engine.adapter.AdapterIdentity;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.engine.training.Validation;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.TrainingProgress;
import dev.tuneline.trainer.history.TrainingHistory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a finished run leaves: the validation loss, the adapter's folder, its name. */
final class TunedAdapter {
  private static final Logger log = LoggerFactory.getLogger(TunedAdapter.class);
  private static final double NANOS_PER_SECOND = 1e9;

  private final Job job;
  private final Trainer trainer;
  private final TokenShards shards;
  private final String template;
  private final ArtifactStore store;
  private final WorkFolder work;
  private final TrainingHistory history;

  TunedAdapter(
      Job job,
      Trainer trainer,
      TokenShards shards,
      String template,
      ArtifactStore store,
      WorkFolder work,
      TrainingHistory history) {
    this.job = job;
    this.trainer = trainer;
    this.shards = shards;
    this.template = template;
    this.store = store;
    this.work = work;
    this.history = history;
  }

  /** Measures, stores and publishes it, in this order, unless nobody wants it any more. */
  void publish(TrainingProgress last, JobEvents events, Cancellation cancellation) {
    TrainingProgress.Builder progress = last.toBuilder().setEtaSeconds(0);
    if (!shards.validation().isEmpty()) {
      long start = System.nanoTime();
      Validation validation =
          Validation.of(
              trainer.base(),
              trainer.tunable().adaptation(),
              shards.validation(),
              trainer.spec().microBatch());
      progress.setValidationLoss(validation.loss());
      history.evaluated(
          validation.loss(),
          shards.validation().size(),
          (System.nanoTime() - start) / NANOS_PER_SECOND);
      log.info("job {}: validation loss {}", job.getJobId(), validation.loss());
    }
    String base = trainer.base().digest();
    work.with(
        folder -> {
          trainer.tunable().save(folder);
          history.write(folder);
          String id = AdapterIdentity.of(folder, base, template);
          Adapter.Builder adapter =
              Adapter.newBuilder()
                  .setAdapterId(id)
                  .setBaseModel(job.getSpec().getBaseModel())
                  .setBaseDigest(base)
                  .setTemplateDigest(template);
          ModelCard.write(folder, adapter.build(), job, progress.build());
          adapter.setFolder(store.putFolder(folder));
          if (!cancellation.isCancelled()) {
            log.info("job {}: adapter {}", job.getJobId(), id);
            events.trained(job.getJobId(), adapter.build(), progress.build());
          }
        });
  }
}
