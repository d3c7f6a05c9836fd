package dev.tuneline.ingest.grpc;

import dev.tuneline.ingest.Ingest;
import dev.tuneline.ingest.IngestConfig;
import dev.tuneline.ingest.job.Jobs;
import dev.tuneline.platform.events.JobFold;
import dev.tuneline.proto.v1.CancelJobRequest;
import dev.tuneline.proto.v1.CancelJobResponse;
import dev.tuneline.proto.v1.CheckJobRequest;
import dev.tuneline.proto.v1.CheckJobResponse;
import dev.tuneline.proto.v1.CreateJobRequest;
import dev.tuneline.proto.v1.CreateJobResponse;
import dev.tuneline.proto.v1.GetJobRequest;
import dev.tuneline.proto.v1.GetJobResponse;
import dev.tuneline.proto.v1.JobServiceGrpc;
import dev.tuneline.proto.v1.ListJobsRequest;
import dev.tuneline.proto.v1.ListJobsResponse;
import dev.tuneline.proto.v1.PauseJobRequest;
import dev.tuneline.proto.v1.PauseJobResponse;
import dev.tuneline.proto.v1.ResumeJobRequest;
import dev.tuneline.proto.v1.ResumeJobResponse;
import dev.tuneline.proto.v1.WatchJobRequest;
import dev.tuneline.proto.v1.WatchJobResponse;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;

/** {@code tuneline.v1.JobService}. */
@Singleton
final class JobEndpoint extends JobServiceGrpc.JobServiceImplBase {
  private final Jobs jobs;
  private final Watching watching;

  JobEndpoint(Ingest ingest, IngestConfig config) {
    this.jobs = ingest.jobs();
    this.watching = new Watching(config.maxWatchers(), config.watchPollMs());
  }

  @Override
  public void createJob(CreateJobRequest request, StreamObserver<CreateJobResponse> response) {
    response.onNext(CreateJobResponse.newBuilder().setJob(jobs.create(request)).build());
    response.onCompleted();
  }

  @Override
  public void checkJob(CheckJobRequest request, StreamObserver<CheckJobResponse> response) {
    response.onNext(CheckJobResponse.newBuilder().setSpec(jobs.check(request.getSpec())).build());
    response.onCompleted();
  }

  @Override
  public void getJob(GetJobRequest request, StreamObserver<GetJobResponse> response) {
    response.onNext(GetJobResponse.newBuilder().setJob(jobs.get(request.getJobId())).build());
    response.onCompleted();
  }

  @Override
  public void listJobs(ListJobsRequest request, StreamObserver<ListJobsResponse> response) {
    var page = jobs.list(Paging.size(request.getPageSize()), request.getPageToken());
    response.onNext(
        ListJobsResponse.newBuilder()
            .addAllJobs(page.states())
            .setNextPageToken(page.nextToken())
            .build());
    response.onCompleted();
  }

  @Override
  public void cancelJob(CancelJobRequest request, StreamObserver<CancelJobResponse> response) {
    var job = jobs.cancel(request.getJobId(), request.getBecause());
    response.onNext(CancelJobResponse.newBuilder().setJob(job).build());
    response.onCompleted();
  }

  @Override
  public void pauseJob(PauseJobRequest request, StreamObserver<PauseJobResponse> response) {
    var job = jobs.pause(request.getJobId(), request.getBecause());
    response.onNext(PauseJobResponse.newBuilder().setJob(job).build());
    response.onCompleted();
  }

  @Override
  public void resumeJob(ResumeJobRequest request, StreamObserver<ResumeJobResponse> response) {
    var job = jobs.resume(request.getJobId());
    response.onNext(ResumeJobResponse.newBuilder().setJob(job).build());
    response.onCompleted();
  }

  @Override
  public void watchJob(WatchJobRequest request, StreamObserver<WatchJobResponse> responses) {
    String id = request.getJobId();
    watching.watch(
        jobs.get(id),
        () -> jobs.latest(id),
        job -> JobFold.isFinal(job.getState()),
        responses,
        job -> responses.onNext(WatchJobResponse.newBuilder().setJob(job).build()));
  }
}
