package dev.tuneline.engine.adapter.lora;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.Method;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The method {@code qlora} (Dettmers et al. 2023): LoRA over a base model held in NF4. Its adapters
 * are LoRA's, for a base in any precision.
 *
 * @param plain makes them
 */
public record Qlora(Method plain) implements Method {
  @Override
  public String name() {
    return "qlora";
  }

  /** None of its own: its folders are LoRA's. */
  @Override
  public @Nullable String peftType() {
    return null;
  }

  /**
   * @throws Problem UNSUPPORTED_PRECISION unless {@code base} is held in NF4
   */
  @Override
  public Tunable start(JsonNode options, BaseModel base, long seed) {
    if (base.precision() != Precision.NF4) {
      throw Problem.caller(
              "UNSUPPORTED_PRECISION",
              "method qlora trains over nf4, not " + base.precision().label())
          .at(Problem.FIELD, "precision")
          .mend("load the base model in nf4, or use method lora");
    }
    return plain.start(options, base, seed);
  }

  @Override
  public Adapter load(Path folder, BaseModel base) {
    return plain.load(folder, base);
  }
}
