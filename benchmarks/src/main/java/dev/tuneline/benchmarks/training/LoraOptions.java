package dev.tuneline.benchmarks.training;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.precision.Precision;

/** The adapter that is trained everywhere here: LoRA of rank 8 on all projections. */
final class LoraOptions {
  private static final long SEED = 7;

  private LoraOptions() {}

  /** It, before its first step: the same values over the same base in any precision. */
  static Tunable start(BaseModel base) {
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    options.put("r", 8).put("lora_alpha", 16).put("target_modules", "all-linear");
    return Methods.start(base.precision() == Precision.NF4 ? "qlora" : "lora", options, base, SEED);
  }
}
