package dev.tuneline.cli;

import static dev.tuneline.errors.Problem.FILE;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.CheckJobRequest;
import dev.tuneline.proto.v1.Cleaning;
import dev.tuneline.proto.v1.CreateDatasetRequest;
import dev.tuneline.proto.v1.CreateJobRequest;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.RowMapping;
import dev.tuneline.proto.v1.UploadFileResponse;
import dev.tuneline.proto.v1.UploadHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.UUID;

/** The way from a file to a finished job, shown as it goes. */
final class Work {
  private final Connection connection;
  private final Stages stages;
  private final JobWatch watch;

  Work(Connection connection, Stages stages, InstantSource clock) {
    this.connection = connection;
    this.stages = stages;
    this.watch = new JobWatch(connection, clock);
  }

  /**
   * Uploads a file as a dataset and waits until it is prepared.
   *
   * @param name what the dataset is called; empty takes the file's name
   */
  Dataset dataset(Path file, String name, RowMapping mapping, Cleaning cleaning) {
    long size = size(file);
    UploadHeader.Builder header = UploadHeader.newBuilder();
    if (name.isEmpty()) {
      header.setMapping(mapping).setCleaning(cleaning);
    } else {
      header.setDatasetId(create(name, mapping, cleaning).getDatasetId());
    }
    StageBar bar = stages.enter("uploading");
    UploadFileResponse uploaded;
    try {
      uploaded =
          new Uploader(connection)
              .upload(
                  file,
                  header,
                  sent ->
                      bar.update(sent, size, Figures.bytes(sent) + " of " + Figures.bytes(size)));
    } catch (Problem problem) {
      stages.fail();
      throw problem;
    }
    stages.end(Figures.bytes(size) + ", read as " + uploaded.getResult().getCharset());
    DatasetProgress progress = new DatasetProgress(stages);
    Dataset dataset = watch.dataset(uploaded.getDataset().getDatasetId(), progress::on);
    if (dataset.getState() == DatasetState.DATASET_STATE_FAILED) {
      throw WireProblem.fromProto(dataset.getProblem());
    }
    return dataset;
  }

  private Dataset create(String name, RowMapping mapping, Cleaning cleaning) {
    CreateDatasetRequest request =
        CreateDatasetRequest.newBuilder()
            .setName(name)
            .setMapping(mapping)
            .setCleaning(cleaning)
            .setIdempotencyKey(UUID.randomUUID().toString())
            .build();
    return connection
        .call(() -> Connection.timely(connection.datasets()).createDataset(request))
        .getDataset();
  }

  /**
   * Asks whether a job whose dataset is still to come could start.
   *
   * @throws Problem that names the first field that is wrong
   */
  void check(JobSpec spec) {
    CheckJobRequest request = CheckJobRequest.newBuilder().setSpec(spec).build();
    connection.call(() -> Connection.timely(connection.jobs()).checkJob(request));
  }

  /** Requests a job; the answer is its first state. */
  Job request(JobSpec spec) {
    CreateJobRequest request =
        CreateJobRequest.newBuilder()
            .setSpec(spec)
            .setIdempotencyKey(UUID.randomUUID().toString())
            .build();
    return connection.call(() -> Connection.timely(connection.jobs()).createJob(request)).getJob();
  }

  /** Follows a job to its good end; any other is a problem. */
  Job finish(String jobId) {
    Job job = watch.job(jobId, new JobProgress(stages)::on);
    JobWatch.requireSuccess(job);
    return job;
  }

  private static long size(Path file) {
    if (!Files.isRegularFile(file)) {
      throw Problem.caller("FILE_NOT_FOUND", "there is no such file")
          .at(FILE, file)
          .mend("check the path");
    }
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw Problem.caller("FILE_UNREADABLE", "the file cannot be read: " + e.getMessage())
          .at(FILE, file)
          .mend("name a readable file");
    }
  }
}
