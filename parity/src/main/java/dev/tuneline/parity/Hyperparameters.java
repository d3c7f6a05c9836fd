package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.training.OptimizerSpec;
import dev.tuneline.engine.training.ScheduleSpec;
import dev.tuneline.engine.training.TrainingSpec;
import dev.tuneline.errors.Problem;
import java.util.List;

/** A trajectory's {@code hyper}. */
record Hyperparameters(JsonNode hyper) {
  /** What the engine trains with; the examples come in their order. */
  TrainingSpec spec(JsonNode batches, Convention convention) {
    String optimizer = hyper.path("optimizer").asText("AdamW");
    if (!optimizer.contains("AdamW")) {
      throw Problem.caller("UNSUPPORTED_CASE", "the optimizer " + optimizer);
    }
    JsonNode betas = Json.field(hyper, "betas");
    return new TrainingSpec(
        Json.field(hyper, "epochs").intValue(),
        0,
        rows(batches),
        Json.field(hyper, "gradient_accumulation").intValue(),
        new OptimizerSpec(
            rate(),
            betas.get(0).doubleValue(),
            betas.get(1).doubleValue(),
            Json.field(hyper, "eps").doubleValue(),
            Json.field(hyper, "weight_decay").doubleValue(),
            clip()),
        new ScheduleSpec(
            kind(Json.text(hyper, "schedule")), Json.field(hyper, "warmup_steps").intValue(), 0),
        convention.mean(),
        false,
        0);
  }

  /** Rows of a micro-batch; the last one may have fewer. */
  private static int rows(JsonNode batches) {
    List<Integer> sizes =
        batches.valueStream().map(b -> Json.field(b, "input_ids").size()).toList();
    int rows = sizes.getFirst();
    if (sizes.getLast() > rows
        || sizes.subList(0, sizes.size() - 1).stream().anyMatch(s -> s != rows)) {
      throw Problem.caller(
          "UNSUPPORTED_CASE", "micro-batches of different sizes, " + sizes + " rows");
    }
    return rows;
  }

  double rate() {
    return Json.field(hyper, "lr").doubleValue();
  }

  double beta1() {
    return Json.field(hyper, "betas").get(0).doubleValue();
  }

  /** Bound of the gradients' norm; 0 for none. */
  double clip() {
    return hyper.path("max_grad_norm").asDouble(0);
  }

  /** The kind of schedule behind a name like {@code get_cosine_schedule_with_warmup}. */
  static ScheduleSpec.Kind kind(String name) {
    for (String kind : List.of("cosine", "linear", "constant")) {
      if (name.contains(kind)) {
        return ScheduleSpec.Kind.named(kind);
      }
    }
    throw Problem.caller("UNSUPPORTED_CASE", "the schedule " + name);
  }
}
