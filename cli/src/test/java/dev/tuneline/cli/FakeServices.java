package dev.tuneline.cli;

import com.google.protobuf.ByteString;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.ChatFinish;
import dev.tuneline.proto.v1.ChatRequest;
import dev.tuneline.proto.v1.ChatResponse;
import dev.tuneline.proto.v1.CheckJobRequest;
import dev.tuneline.proto.v1.CheckJobResponse;
import dev.tuneline.proto.v1.CreateJobRequest;
import dev.tuneline.proto.v1.CreateJobResponse;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetServiceGrpc;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.EstimateTrainingRequest;
import dev.tuneline.proto.v1.EstimateTrainingResponse;
import dev.tuneline.proto.v1.Evaluation;
import dev.tuneline.proto.v1.GetDatasetRequest;
import dev.tuneline.proto.v1.GetDatasetResponse;
import dev.tuneline.proto.v1.GetJobRequest;
import dev.tuneline.proto.v1.GetJobResponse;
import dev.tuneline.proto.v1.GetUploadRequest;
import dev.tuneline.proto.v1.GetUploadResponse;
import dev.tuneline.proto.v1.InferenceServiceGrpc;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobServiceGrpc;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.MemoryNeed;
import dev.tuneline.proto.v1.ModelScores;
import dev.tuneline.proto.v1.RowAccount;
import dev.tuneline.proto.v1.TrainerServiceGrpc;
import dev.tuneline.proto.v1.TrainingProgress;
import dev.tuneline.proto.v1.Upload;
import dev.tuneline.proto.v1.UploadFileRequest;
import dev.tuneline.proto.v1.UploadFileResponse;
import dev.tuneline.proto.v1.UploadResult;
import dev.tuneline.proto.v1.WatchDatasetRequest;
import dev.tuneline.proto.v1.WatchDatasetResponse;
import dev.tuneline.proto.v1.WatchJobRequest;
import dev.tuneline.proto.v1.WatchJobResponse;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Services that answer over a real gRPC server, with one dataset and one job in them. */
final class FakeServices implements AutoCloseable {
  private static final Dataset DATASET =
      Dataset.newBuilder()
          .setDatasetId("ds-1")
          .setState(DatasetState.DATASET_STATE_PREPARED)
          .addUploads(Upload.newBuilder().setResult(UploadResult.newBuilder().setRowsPublished(3)))
          .addVersions(
              DatasetVersion.newBuilder()
                  .setVersion(1)
                  .setAccount(RowAccount.newBuilder().setReceived(3).setKept(3)))
          .build();

  final AtomicReference<ByteString> uploaded = new AtomicReference<>(ByteString.EMPTY);

  /** How many streams break after a chunk. */
  final AtomicInteger breaks = new AtomicInteger();

  final AtomicReference<JobSpec> requested = new AtomicReference<>(JobSpec.getDefaultInstance());
  private final Server server;
  private final int port;

  FakeServices() throws IOException {
    server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(new Datasets())
            .addService(new Jobs())
            .addService(new Inference())
            .addService(new Training())
            .build()
            .start();
    port = server.getPort();
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private final class Datasets extends DatasetServiceGrpc.DatasetServiceImplBase {
    @Override
    public void getUpload(GetUploadRequest request, StreamObserver<GetUploadResponse> to) {
      to.onNext(GetUploadResponse.newBuilder().setReceivedBytes(uploaded.get().size()).build());
      to.onCompleted();
    }

    @Override
    public StreamObserver<UploadFileRequest> uploadFile(StreamObserver<UploadFileResponse> to) {
      return new StreamObserver<>() {
        private boolean ended;

        @Override
        public void onNext(UploadFileRequest part) {
          if (ended) {
            return;
          }
          if (part.hasHeader()) {
            uploaded.updateAndGet(
                bytes -> bytes.substring(0, Math.toIntExact(part.getHeader().getOffset())));
          }
          if (part.getHeader().getFileName().equals("bad.csv")) {
            to.onError(
                GrpcProblems.toStatus(
                    Problem.caller("MISSING_COLUMN", "the file has no column 'reply'")
                        .at(Problem.FILE, "bad.csv")
                        .at(Problem.LINE, 1)
                        .at(Problem.COLUMN, "reply")
                        .mend("add the column, or map it")));
          }
          uploaded.updateAndGet(bytes -> bytes.concat(part.getChunk()));
          if (part.hasChunk() && breaks.getAndDecrement() > 0) {
            ended = true;
            to.onError(Status.UNAVAILABLE.asRuntimeException());
          }
        }

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {
          if (ended) {
            return;
          }
          to.onNext(UploadFileResponse.newBuilder().setDataset(DATASET).build());
          to.onCompleted();
        }
      };
    }

    @Override
    public void getDataset(GetDatasetRequest request, StreamObserver<GetDatasetResponse> to) {
      to.onNext(GetDatasetResponse.newBuilder().setDataset(DATASET).build());
      to.onCompleted();
    }

    @Override
    public void watchDataset(WatchDatasetRequest request, StreamObserver<WatchDatasetResponse> to) {
      to.onNext(WatchDatasetResponse.newBuilder().setDataset(DATASET).build());
      to.onCompleted();
    }
  }

  private final class Jobs extends JobServiceGrpc.JobServiceImplBase {
    @Override
    public void createJob(CreateJobRequest request, StreamObserver<CreateJobResponse> to) {
      requested.set(request.getSpec());
      to.onNext(CreateJobResponse.newBuilder().setJob(job(JobState.JOB_STATE_REQUESTED)).build());
      to.onCompleted();
    }

    @Override
    public void checkJob(CheckJobRequest request, StreamObserver<CheckJobResponse> to) {
      JobSpec asked = request.getSpec();
      if (asked.getTraining().hasLearningRate() && asked.getTraining().getLearningRate() == 0) {
        to.onError(
            GrpcProblems.toStatus(
                Problem.caller("OUT_OF_RANGE", "spec.training.learning_rate is not usable")
                    .at(Problem.FIELD, "spec.training.learning_rate")));
        return;
      }
      JobSpec complete = asked.toBuilder().setDatasetVersion(1).build();
      to.onNext(CheckJobResponse.newBuilder().setSpec(complete).build());
      to.onCompleted();
    }

    @Override
    public void getJob(GetJobRequest request, StreamObserver<GetJobResponse> to) {
      if (!request.getJobId().equals("job-1")) {
        to.onError(
            GrpcProblems.toStatus(
                Problem.caller("JOB_NOT_FOUND", "there is no such job")
                    .at("job", request.getJobId())));
        return;
      }
      to.onNext(GetJobResponse.newBuilder().setJob(job(JobState.JOB_STATE_DEPLOYED)).build());
      to.onCompleted();
    }

    @Override
    public void watchJob(WatchJobRequest request, StreamObserver<WatchJobResponse> to) {
      for (JobState state :
          new JobState[] {
            JobState.JOB_STATE_ACCEPTED,
            JobState.JOB_STATE_SHARDED,
            JobState.JOB_STATE_TRAINING,
            JobState.JOB_STATE_TRAINED,
            JobState.JOB_STATE_EVALUATED
          }) {
        to.onNext(WatchJobResponse.newBuilder().setJob(job(state)).build());
      }
      // The stream ends early, as when a server restarts.
      to.onCompleted();
    }
  }

  private static final class Training extends TrainerServiceGrpc.TrainerServiceImplBase {
    @Override
    public void estimateTraining(
        EstimateTrainingRequest request, StreamObserver<EstimateTrainingResponse> to) {
      EstimateTrainingResponse.Builder answer =
          EstimateTrainingResponse.newBuilder()
              .setSteps(75)
              .setEpochs(3)
              .setExamples(200)
              .setTokens(41_000)
              .setTrainedTokens(18_200)
              .setLargestBatchTokens(812)
              .setMemory(
                  MemoryNeed.newBuilder()
                      .setWeightsBytes(1L << 30)
                      .setTrainedBytes(1L << 29)
                      .setActivationsBytes(1L << 31)
                      .setTotalBytes(7L << 29))
              .setAvailableBytes(1L << 33)
              .setSeconds(200)
              .setBasedOn("products")
              .setTrainer("t-1")
              .setDevice("cpu");
      if (request.getSpec().getBaseModel().equals("huge")) {
        answer.setProblem(
            WireProblem.toProto(
                Problem.caller("JOB_DOES_NOT_FIT", "the job needs more than there is")
                    .at(Problem.FIELD, "spec.precision")));
      }
      to.onNext(answer.build());
      to.onCompleted();
    }
  }

  private static final class Inference extends InferenceServiceGrpc.InferenceServiceImplBase {
    @Override
    public void chat(ChatRequest request, StreamObserver<ChatResponse> to) {
      to.onNext(ChatResponse.newBuilder().setText("可以，").build());
      to.onNext(
          ChatResponse.newBuilder()
              .setText(request.getMessages(request.getMessagesCount() - 1).getContent())
              .build());
      to.onNext(ChatResponse.newBuilder().setFinish(ChatFinish.getDefaultInstance()).build());
      to.onCompleted();
    }
  }

  private static Job job(JobState state) {
    return Job.newBuilder()
        .setJobId("job-1")
        .setState(state)
        .setProgress(TrainingProgress.newBuilder().setStep(5).setTotalSteps(10).setLoss(1.5))
        .setEvaluation(
            Evaluation.newBuilder()
                .setBase(ModelScores.newBuilder().setLoss(3).setRougeL(0.1))
                .setCandidate(ModelScores.newBuilder().setLoss(1.5).setRougeL(0.3))
                .setGatePassed(true))
        .build();
  }
}
