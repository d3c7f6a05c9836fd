package dev.tuneline.ingest.http;

import dev.tuneline.ingest.Ingest;
import dev.tuneline.ingest.job.Jobs;
import dev.tuneline.proto.v1.CreateJobRequest;
import dev.tuneline.proto.v1.Job;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

/** {@code /v1/fine_tuning/jobs}. */
@Controller("/v1/fine_tuning/jobs")
@ExecuteOn(TaskExecutors.BLOCKING)
final class FineTuningController {
  private final Jobs jobs;

  FineTuningController(Ingest ingest) {
    this.jobs = ingest.jobs();
  }

  @Post
  FineTuningJobObject create(@Body JsonNode body) {
    Job job =
        jobs.create(CreateJobRequest.newBuilder().setSpec(FineTuningRequest.parse(body)).build());
    return FineTuningJobObject.of(job);
  }

  @Get("/{id}")
  FineTuningJobObject get(String id) {
    return FineTuningJobObject.of(jobs.get(id));
  }

  @Post("/{id}/cancel")
  FineTuningJobObject cancel(String id) {
    return FineTuningJobObject.of(jobs.cancel(id, "cancelled over HTTP"));
  }

  @Post("/{id}/pause")
  FineTuningJobObject pause(String id) {
    return FineTuningJobObject.of(jobs.pause(id, "paused over HTTP"));
  }

  @Post("/{id}/resume")
  FineTuningJobObject resume(String id) {
    return FineTuningJobObject.of(jobs.resume(id));
  }

  /** What happened to the job, the newest first. */
  @Get("/{id}/events")
  Listing<FineTuningEventObject> events(
      String id,
      @QueryValue(defaultValue = "20") int limit,
      @QueryValue(defaultValue = "") String after) {
    return Listing.part(
        jobs.history(id).events().stream().map(FineTuningEventObject::of).toList(),
        FineTuningEventObject::id,
        limit,
        after);
  }

  /** The job's checkpoints, the newest first. */
  @Get("/{id}/checkpoints")
  Listing<FineTuningCheckpointObject> checkpoints(
      String id,
      @QueryValue(defaultValue = "10") int limit,
      @QueryValue(defaultValue = "") String after) {
    return Listing.part(
        jobs.history(id).events().stream()
            .filter(event -> event.body().hasCheckpointed())
            .map(FineTuningCheckpointObject::of)
            .toList(),
        FineTuningCheckpointObject::id,
        limit,
        after);
  }

  @Get
  Listing<FineTuningJobObject> list(
      @QueryValue(defaultValue = "20") int limit, @QueryValue(defaultValue = "") String after) {
    Listing.check(limit);
    var page = after.isEmpty() ? jobs.list(limit, "") : jobs.listAfter(limit, after);
    return Listing.of(
        page.states().stream().map(FineTuningJobObject::of).toList(), !page.nextToken().isEmpty());
  }
}
