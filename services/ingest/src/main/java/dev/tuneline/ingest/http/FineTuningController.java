package dev.tuneline.ingest.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tuneline.errors.Problem;
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
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/** {@code /v1/fine_tuning/jobs}. */
@Controller("/v1/fine_tuning/jobs")
@ExecuteOn(TaskExecutors.BLOCKING)
final class FineTuningController {
  private static final int MAX_LIMIT = 1_000;

  /** A part of the list. */
  @Serdeable
  record Page(
      String object, List<FineTuningJobObject> data, @JsonProperty("has_more") boolean hasMore) {}

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

  @Get
  Page list(
      @QueryValue(defaultValue = "20") int limit, @QueryValue(defaultValue = "") String after) {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw Problem.caller("OUT_OF_RANGE", "limit is not usable")
          .at(Problem.FIELD, "limit")
          .mend("give 1 to " + MAX_LIMIT);
    }
    var page = after.isEmpty() ? jobs.list(limit, "") : jobs.listAfter(limit, after);
    return new Page(
        "list",
        page.states().stream().map(FineTuningJobObject::of).toList(),
        !page.nextToken().isEmpty());
  }
}
