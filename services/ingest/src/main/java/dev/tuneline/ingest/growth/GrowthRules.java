package dev.tuneline.ingest.growth;

import com.google.protobuf.util.Durations;
import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.Ids;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.Growth;
import dev.tuneline.proto.v1.JobSpec;
import java.util.Optional;
import java.util.function.Consumer;

/** What rules of growth may say, and what follows from them alone. */
public final class GrowthRules {
  private static final long MAX_CUT_ROWS = 1_000_000;
  private static final long MIN_INTERVAL_MS = 1_000;
  private static final int ID_DIGITS = 20;

  private GrowthRules() {}

  /**
   * Returns normally when the rules can be followed.
   *
   * @param template refuses a job that could not be trained whatever the dataset
   * @throws Problem OUT_OF_RANGE or MISSING_FIELD, or what {@code template} throws
   */
  public static void check(Growth growth, Consumer<JobSpec> template) {
    if (growth.getCutRows() < 0 || growth.getCutRows() > MAX_CUT_ROWS) {
      throw outOfRange("growth.cut_rows", "0 to " + MAX_CUT_ROWS);
    }
    if (growth.hasCutInterval()
        && (!Durations.isValid(growth.getCutInterval())
            || Durations.toMillis(growth.getCutInterval()) < MIN_INTERVAL_MS)) {
      throw outOfRange("growth.cut_interval", "at least a second");
    }
    if (!growth.hasRetrain()) {
      return;
    }
    if (growth.getRetrain().getEveryRows() < 0) {
      throw outOfRange("growth.retrain.every_rows", "0 or more");
    }
    JobSpec job = growth.getRetrain().getJob();
    if (!job.getDatasetId().isEmpty() || job.getDatasetVersion() != 0) {
      throw Problem.caller("UNUSED_FIELD", "the job of a retrain policy names a dataset")
          .at(Problem.FIELD, "growth.retrain.job.dataset_id")
          .mend("leave dataset and version out, they are those that grow");
    }
    template.accept(job);
  }

  /**
   * The newest version that the retrain policy trains: beginning with the first, each that received
   * at least so many rows more than the one before it that was trained.
   */
  static Optional<DatasetVersion> due(Dataset dataset) {
    Optional<DatasetVersion> due = Optional.empty();
    long trained = 0;
    if (dataset.getGrowth().hasRetrain()) {
      long every = dataset.getGrowth().getRetrain().getEveryRows();
      for (DatasetVersion version : dataset.getVersionsList()) {
        long received = version.getAccount().getReceived();
        if (received - trained >= every) {
          trained = received;
          due = Optional.of(version);
        }
      }
    }
    return due;
  }

  /** The id of the job that trains a version, the same whoever asks for it. */
  static String jobId(Dataset dataset, DatasetVersion version) {
    String named = dataset.getDatasetId() + "\0" + version.getVersion();
    return "job-" + Ids.digest(named).substring(0, ID_DIGITS);
  }

  private static Problem outOfRange(String field, String range) {
    return Problem.caller("OUT_OF_RANGE", field + " is not usable")
        .at(Problem.FIELD, field)
        .mend("give " + range);
  }
}
