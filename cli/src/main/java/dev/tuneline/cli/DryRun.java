package dev.tuneline.cli;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.CheckJobRequest;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.EstimateTrainingRequest;
import dev.tuneline.proto.v1.EstimateTrainingResponse;
import dev.tuneline.proto.v1.GetDatasetRequest;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.MemoryNeed;
import java.time.Duration;
import java.util.Locale;

/** Asks what a job would take, without starting it. */
final class DryRun {
  private final Connection connection;
  private final Terminal terminal;

  DryRun(Connection connection, Terminal terminal) {
    this.connection = connection;
    this.terminal = terminal;
  }

  /**
   * Shows steps, tokens, time and memory of a job over a prepared dataset.
   *
   * @throws Problem why the job would be refused, after the numbers where there are any
   */
  void show(JobSpec asked) {
    JobSpec spec = checked(asked);
    if (spec.hasSweep()) {
      spec = checked(asked.toBuilder().clearSweep().build());
      terminal.line("sweep       the figures are of one trial, with the job's own values");
    }
    EstimateTrainingRequest request =
        EstimateTrainingRequest.newBuilder()
            .setSpec(spec)
            .addAllSplits(version(spec).getSplitsList())
            .build();
    EstimateTrainingResponse estimate =
        connection.call(() -> Connection.timely(connection.trainer()).estimateTraining(request));
    print(estimate);
    if (estimate.hasProblem()) {
      throw WireProblem.fromProto(estimate.getProblem());
    }
    terminal.line("fits        nothing was started");
  }

  private JobSpec checked(JobSpec asked) {
    return connection
        .call(
            () ->
                Connection.timely(connection.jobs())
                    .checkJob(CheckJobRequest.newBuilder().setSpec(asked).build()))
        .getSpec();
  }

  private DatasetVersion version(JobSpec spec) {
    GetDatasetRequest request =
        GetDatasetRequest.newBuilder().setDatasetId(spec.getDatasetId()).build();
    return connection
        .call(() -> Connection.timely(connection.datasets()).getDataset(request))
        .getDataset()
        .getVersionsList()
        .stream()
        .filter(version -> version.getVersion() == spec.getDatasetVersion())
        .findFirst()
        .orElseThrow(
            () ->
                Problem.caller(
                        "DATASET_NOT_READY",
                        "version %d of the dataset is not prepared yet"
                            .formatted(spec.getDatasetVersion()))
                    .at(Problem.FIELD, "--dataset")
                    .mend("try again in a moment"));
  }

  private void print(EstimateTrainingResponse estimate) {
    terminal.line(
        "examples    %s, %s cut, %s left out"
            .formatted(
                Figures.count(estimate.getExamples()),
                Figures.count(estimate.getTruncatedExamples()),
                Figures.count(estimate.getLeftOutExamples())));
    terminal.line(
        "steps       %s, %s epochs"
            .formatted(
                Figures.count(estimate.getSteps()),
                String.format(Locale.ROOT, "%.2f", estimate.getEpochs())));
    terminal.line(
        "tokens      %s, %s of them trained, at most %s at once"
            .formatted(
                Figures.count(estimate.getTokens()),
                Figures.count(estimate.getTrainedTokens()),
                Figures.count(estimate.getLargestBatchTokens())));
    terminal.line(
        "trains      %s of %s parameters"
            .formatted(
                Figures.count(estimate.getTrainableParameters()),
                Figures.count(estimate.getTotalParameters())));
    terminal.line(
        "time        about %s, by %s"
            .formatted(
                Figures.took(Duration.ofMillis(Math.round(1_000 * estimate.getSeconds()))),
                estimate.getBasedOn()));
    MemoryNeed memory = estimate.getMemory();
    terminal.line(
        "memory      %s: weights %s, trained %s, activations %s, logits %s, scratch %s"
            .formatted(
                Figures.bytes(memory.getTotalBytes()),
                Figures.bytes(memory.getWeightsBytes()),
                Figures.bytes(memory.getTrainedBytes()),
                Figures.bytes(memory.getActivationsBytes()),
                Figures.bytes(memory.getHeadBytes()),
                Figures.bytes(memory.getScratchBytes())));
    terminal.line(
        "free        %s on %s of %s"
            .formatted(
                Figures.bytes(estimate.getAvailableBytes()),
                estimate.getDevice(),
                estimate.getTrainer()));
  }
}
