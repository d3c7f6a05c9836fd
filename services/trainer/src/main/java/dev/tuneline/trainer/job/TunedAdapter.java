package dev.tuneline.trainer.job;

import dev.tuneline.engine.adapter.AdapterIdentity;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.TrainingProgress;
import dev.tuneline.trainer.history.TrainingHistory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a finished run leaves: the adapter's folder, its name. */
final class TunedAdapter {
  private static final Logger log = LoggerFactory.getLogger(TunedAdapter.class);

  private final Job job;
  private final Trainer trainer;
  private final String template;
  private final ArtifactStore store;
  private final WorkFolder work;
  private final TrainingHistory history;

  TunedAdapter(
      Job job,
      Trainer trainer,
      String template,
      ArtifactStore store,
      WorkFolder work,
      TrainingHistory history) {
    this.job = job;
    this.trainer = trainer;
    this.template = template;
    this.store = store;
    this.work = work;
    this.history = history;
  }

  /** Stores and publishes it, in this order, unless nobody wants it any more. */
  void publish(TrainingProgress last, JobEvents events, Cancellation cancellation) {
    TrainingProgress progress = last.toBuilder().setEtaSeconds(0).build();
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
          ModelCard.write(folder, adapter.build(), job, progress);
          adapter.setFolder(store.putFolder(folder));
          if (!cancellation.isCancelled()) {
            log.info("job {}: adapter {}", job.getJobId(), id);
            events.trained(job.getJobId(), adapter.build(), progress);
          }
        });
  }
}
