package dev.tuneline.evaluator.grpc;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.proto.v1.EvaluationServiceGrpc.EvaluationServiceImplBase;
import dev.tuneline.proto.v1.GetEvaluationRequest;
import dev.tuneline.proto.v1.GetEvaluationResponse;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobEvent;
import io.grpc.stub.StreamObserver;
import java.time.Duration;

/** Answers how base and candidate compared, from what the job log says. */
public final class EvaluationEndpoint extends EvaluationServiceImplBase {
  private static final Duration VIEW_TIMEOUT = Duration.ofSeconds(10);

  private final TopicView<Job, JobEvent> jobs;

  public EvaluationEndpoint(TopicView<Job, JobEvent> jobs) {
    this.jobs = jobs;
  }

  @Override
  public void getEvaluation(
      GetEvaluationRequest request, StreamObserver<GetEvaluationResponse> response) {
    Job job = job(request.getJobId());
    if (!job.hasEvaluation()) {
      throw Problem.caller(
              "EVALUATION_NOT_READY", "job " + job.getJobId() + " is not evaluated yet")
          .at(Problem.FIELD, "job_id")
          .mend("ask again when the job's state is EVALUATED, DEPLOYED or WITHHELD");
    }
    response.onNext(GetEvaluationResponse.newBuilder().setEvaluation(job.getEvaluation()).build());
    response.onCompleted();
  }

  private Job job(String id) {
    jobs.awaitCurrent(VIEW_TIMEOUT);
    return jobs.get(id)
        .orElseThrow(
            () ->
                Problem.caller("JOB_NOT_FOUND", "there is no job " + id)
                    .at(Problem.FIELD, "job_id")
                    .mend("use the job_id that CreateJob or ListJobs gave"));
  }
}
