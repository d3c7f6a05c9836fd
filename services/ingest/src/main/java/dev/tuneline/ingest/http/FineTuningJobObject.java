package dev.tuneline.ingest.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.google.protobuf.util.Timestamps;
import dev.tuneline.platform.events.JobFold;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.TrainingSpec;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A job as OpenAI's fine-tuning job object; nulls are spelled out, as its clients expect. */
@Serdeable
record FineTuningJobObject(
    String id,
    String object,
    @JsonProperty("created_at") long createdAt,
    @JsonProperty("finished_at") @Nullable Long finishedAt,
    @JsonProperty("estimated_finish") @Nullable Long estimatedFinish,
    String model,
    @JsonProperty("fine_tuned_model") @Nullable String fineTunedModel,
    @JsonProperty("organization_id") String organizationId,
    @JsonProperty("result_files") List<String> resultFiles,
    String status,
    @JsonProperty("training_file") String trainingFile,
    @JsonProperty("validation_file") @Nullable String validationFile,
    Hyperparameters hyperparameters,
    @JsonProperty("trained_tokens") @Nullable Long trainedTokens,
    @Nullable Failure error,
    long seed,
    @JsonProperty("user_provided_suffix") @Nullable String suffix,
    MethodObject method) {

  /** What the job trains with: numbers, and "auto" for what is not decided yet. */
  @Serdeable
  record Hyperparameters(
      @JsonProperty("n_epochs") Object epochs,
      @JsonProperty("batch_size") Object batchSize,
      @JsonProperty("learning_rate_multiplier") Object learningRateMultiplier,
      @JsonProperty("learning_rate") Object learningRate) {
    private static final String AUTO = "auto";

    static Hyperparameters of(TrainingSpec training) {
      double rate = training.getLearningRate();
      boolean known = training.hasLearningRate();
      return new Hyperparameters(
          training.hasEpochs() ? (Object) training.getEpochs() : AUTO,
          training.hasMicroBatchSize() ? (Object) training.getMicroBatchSize() : AUTO,
          known ? (Object) (rate / DEFAULT_LEARNING_RATE) : AUTO,
          known ? (Object) rate : AUTO);
    }
  }

  /** Why the job failed. */
  @Serdeable
  record Failure(String code, String message, @Nullable String param) {}

  /** How the adapter is made. */
  @Serdeable
  record MethodObject(String type) {}

  private static final double DEFAULT_LEARNING_RATE = 1e-3;

  static FineTuningJobObject of(Job job) {
    JobSpec spec = job.getSpec();
    boolean ended = JobFold.isFinal(job.getState());
    long updated = Timestamps.toSeconds(job.getUpdatedAt());
    double eta = job.getProgress().getEtaSeconds();
    return new FineTuningJobObject(
        job.getJobId(),
        "fine_tuning.job",
        Timestamps.toSeconds(job.getCreatedAt()),
        ended ? updated : null,
        job.getState() == JobState.JOB_STATE_TRAINING && eta > 0 ? updated + (long) eta : null,
        spec.getBaseModel(),
        job.hasAdapter()
            ? "ft:%s:%s:%s".formatted(spec.getBaseModel(), spec.getSuffix(), job.getJobId())
            : null,
        "tuneline",
        List.of(),
        status(job.getState()),
        spec.getDatasetId(),
        null,
        Hyperparameters.of(spec.getTraining()),
        trainedTokens(job),
        failure(job),
        spec.getTraining().getSeed(),
        spec.getSuffix().isEmpty() ? null : spec.getSuffix(),
        new MethodObject(
            spec.getMethod().name().substring("METHOD_".length()).toLowerCase(Locale.ROOT)));
  }

  private static String status(JobState state) {
    return switch (state) {
      case JOB_STATE_REQUESTED, JOB_STATE_UNSPECIFIED, UNRECOGNIZED -> "validating_files";
      case JOB_STATE_ACCEPTED, JOB_STATE_SHARDED -> "queued";
      case JOB_STATE_SWEEPING, JOB_STATE_TRAINING, JOB_STATE_TRAINED, JOB_STATE_EVALUATED ->
          "running";
      case JOB_STATE_DEPLOYED, JOB_STATE_WITHHELD, JOB_STATE_TRIED -> "succeeded";
      case JOB_STATE_FAILED -> "failed";
      case JOB_STATE_CANCELLED -> "cancelled";
      case JOB_STATE_PAUSED -> "paused";
    };
  }

  /** Known once the adapter is there: what one pass trains, as often as it was passed. */
  private static @Nullable Long trainedTokens(Job job) {
    return job.hasAdapter() && job.getShardsCount() > 0
        ? Math.round(job.getShards(0).getTrainedTokens() * job.getProgress().getEpoch())
        : null;
  }

  private static @Nullable Failure failure(Job job) {
    if (!job.hasProblem()) {
      return null;
    }
    var problem = job.getProblem();
    return new Failure(
        problem.getReason().toLowerCase(Locale.ROOT),
        problem.getMessage(),
        problem.getDetailsMap().get("field"));
  }
}
