package dev.tuneline.engine.adapter.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.Method;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The methods {@code lora} and {@code rslora}, which differ in the scaling only.
 *
 * @param rankStabilised whether scaling is alpha / sqrt(r)
 */
public record Lora(String name, boolean rankStabilised) implements Method {
  /** Both share PEFT's type; {@code lora} loads the folders of both. */
  @Override
  public @Nullable String peftType() {
    return rankStabilised ? null : "LORA";
  }

  @Override
  public Tunable start(JsonNode options, BaseModel base, long seed) {
    if (!options.isObject()) {
      throw Problem.caller("MALFORMED_METHOD_OPTIONS", "method options must be an object");
    }
    ObjectNode complete = ((ObjectNode) options).deepCopy();
    if (rankStabilised) {
      complete.put("use_rslora", true);
    }
    return LoraAdapter.initialise(LoraConfig.parse(new MethodOptions(complete)), base, seed);
  }

  @Override
  public Adapter load(Path folder, BaseModel base) {
    return LoraAdapter.load(folder, base);
  }
}
