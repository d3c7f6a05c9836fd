package dev.tuneline.trainer.grpc;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.EstimateTrainingRequest;
import dev.tuneline.proto.v1.EstimateTrainingResponse;
import dev.tuneline.proto.v1.GetTrainerRequest;
import dev.tuneline.proto.v1.GetTrainerResponse;
import dev.tuneline.proto.v1.TrainerServiceGrpc.TrainerServiceImplBase;
import dev.tuneline.proto.v1.TrainingMeasured;
import dev.tuneline.proto.v1.WatchTrainingRequest;
import dev.tuneline.proto.v1.WatchTrainingResponse;
import dev.tuneline.trainer.job.Estimates;
import dev.tuneline.trainer.progress.LiveTraining;
import dev.tuneline.trainer.progress.ResidentMemory;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** Tells what this trainer is and does. */
public final class TrainerEndpoint extends TrainerServiceImplBase {
  private final String trainer;
  private final String device;
  private final int threads;
  private final LiveTraining live;
  private final Estimates estimates;

  /**
   * @param trainer this process's name
   * @param device where its tensors live, such as {@code cpu} or {@code cuda:0}
   * @param threads processor threads of one tensor operation
   */
  public TrainerEndpoint(
      String trainer, String device, int threads, LiveTraining live, Estimates estimates) {
    this.trainer = trainer;
    this.device = device;
    this.threads = threads;
    this.live = live;
    this.estimates = estimates;
  }

  @Override
  public void getTrainer(GetTrainerRequest request, StreamObserver<GetTrainerResponse> response) {
    GetTrainerResponse.Builder answer =
        GetTrainerResponse.newBuilder()
            .setTrainer(trainer)
            .setDevice(device)
            .setThreads(threads)
            .setResidentBytes(ResidentMemory.bytes());
    live.current().ifPresent(now -> answer.setJobId(now.getJobId()).setProgress(now.getProgress()));
    response.onNext(answer.build());
    response.onCompleted();
  }

  @Override
  public void estimateTraining(
      EstimateTrainingRequest request, StreamObserver<EstimateTrainingResponse> response) {
    response.onNext(estimates.answer(request).toBuilder().setTrainer(trainer).build());
    response.onCompleted();
  }

  @Override
  public void watchTraining(
      WatchTrainingRequest request, StreamObserver<WatchTrainingResponse> response) {
    Stream stream = new Stream((ServerCallStreamObserver<WatchTrainingResponse>) response);
    stream.call.setOnCancelHandler(() -> live.unwatch(stream));
    if (!live.watch(request.getJobId(), stream)) {
      throw Problem.caller(
              "TRAINING_NOT_FOUND", "job " + request.getJobId() + " is not trained here now")
          .at(Problem.FIELD, "job_id")
          .mend("follow the job with JobService.WatchJob, wherever it is trained");
    }
  }

  /** One caller; measurements that it is too slow for are left out. */
  private record Stream(ServerCallStreamObserver<WatchTrainingResponse> call)
      implements LiveTraining.Watcher {
    @Override
    public void measured(TrainingMeasured measured) {
      if (call.isReady()) {
        call.onNext(
            WatchTrainingResponse.newBuilder()
                .setProgress(measured.getProgress())
                .setMeasuredAt(measured.getMeasuredAt())
                .build());
      }
    }

    @Override
    public void ended() {
      if (!call.isCancelled()) {
        call.onCompleted();
      }
    }
  }
}
