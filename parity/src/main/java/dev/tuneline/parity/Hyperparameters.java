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
    List<Integer> sizes =
        batches.valueStream().map(b -> Json.field(b, "input_ids").size()).distinct().toList();
    if (sizes.size() != 1) {
      throw Problem.caller(
          "UNSUPPORTED_CASE", "micro-batches of different sizes, " + sizes + " rows");
    }
    JsonNode betas = Json.field(hyper, "betas");
    return new TrainingSpec(
        Json.field(hyper, "epochs").intValue(),
        0,
        sizes.getFirst(),
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
    for (ScheduleSpec.Kind kind : ScheduleSpec.Kind.values()) {
      if (name.contains(kind.name().toLowerCase(java.util.Locale.ROOT))) {
        return kind;
      }
    }
    throw Problem.caller("UNSUPPORTED_CASE", "the schedule " + name);
  }
}
