package dev.tuneline.platform.service.probe;

import dev.tuneline.errors.Problem;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.serde.annotation.Serdeable;
import java.util.concurrent.CompletionException;

@Controller("/probe")
@ExecuteOn(TaskExecutors.BLOCKING)
class ProbeController {
  private final ProbeSettings settings;

  ProbeController(ProbeSettings settings) {
    this.settings = settings;
  }

  @Serdeable
  record Greeting(String text, int times) {}

  @Get("/greeting")
  Greeting greeting() {
    return new Greeting(settings.greeting(), 1);
  }

  @Post("/greeting")
  Greeting change(@Body Greeting greeting) {
    return greeting;
  }

  @Get("/caller")
  Greeting caller() {
    throw Problem.caller("MODEL_NOT_FOUND", "there is no model m")
        .at(Problem.FIELD, "model")
        .mend("choose one of /v1/models");
  }

  @Get("/exhausted")
  Greeting exhausted() {
    throw Problem.exhausted("QUEUE_FULL", "too many requests wait").at("retry_after_ms", 2500);
  }

  @Get("/wrapped")
  Greeting wrapped() {
    throw new CompletionException(Problem.ours("REDIS_UNAVAILABLE", "Redis does not answer", null));
  }

  @Get("/bug")
  Greeting bug() {
    throw new IllegalStateException("a bug");
  }
}
