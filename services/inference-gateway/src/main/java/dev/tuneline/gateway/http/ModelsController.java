package dev.tuneline.gateway.http;

import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.chat.ModelDirectory;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;

/** {@code GET /v1/models} and {@code GET /v1/models/{id}}. */
@Controller("/v1/models")
@ExecuteOn(TaskExecutors.BLOCKING)
final class ModelsController {
  private final ModelDirectory models;

  ModelsController(ModelDirectory models) {
    this.models = models;
  }

  /** Every model that can be called. */
  @Get
  ModelObject.Page list() {
    return ModelObject.Page.of(
        models.list().stream().map(m -> ModelObject.of(m.getName(), m.getCreated())).toList());
  }

  /** One of them; MODEL_NOT_FOUND (404) when there is none of this id. */
  @Get("/{id}")
  ModelObject get(String id) {
    return models.list().stream()
        .filter(model -> model.getName().equals(id))
        .findFirst()
        .map(model -> ModelObject.of(model.getName(), model.getCreated()))
        .orElseThrow(
            () ->
                Problem.caller("MODEL_NOT_FOUND", "the model \"" + id + "\" does not exist")
                    .at(Problem.FIELD, "model")
                    .mend("name one of the models that are listed"));
  }
}
