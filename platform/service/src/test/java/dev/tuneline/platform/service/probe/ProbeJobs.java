package dev.tuneline.platform.service.probe;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.GetJobRequest;
import dev.tuneline.proto.v1.GetJobResponse;
import dev.tuneline.proto.v1.JobServiceGrpc;
import io.grpc.stub.StreamObserver;
import jakarta.inject.Singleton;

@Singleton
class ProbeJobs extends JobServiceGrpc.JobServiceImplBase {
  @Override
  public void getJob(GetJobRequest request, StreamObserver<GetJobResponse> observer) {
    throw Problem.caller("JOB_NOT_FOUND", "there is no job " + request.getJobId());
  }
}
