package dev.tuneline.engine.adapter.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.Method;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.adapter.module.ModuleAdapter;
import dev.tuneline.engine.arch.BaseModel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The methods {@code lora}, {@code rslora} and {@code dora}, which are one type to PEFT.
 *
 * @param flag the option that tells it from {@code lora}; null for {@code lora} itself
 */
public record Lora(String name, @Nullable String flag) implements Method {
  /** {@code lora} loads the folders of all. */
  @Override
  public @Nullable String peftType() {
    return flag == null ? "LORA" : null;
  }

  @Override
  public Tunable start(JsonNode options, BaseModel base, long seed) {
    JsonNode complete = options;
    if (flag != null && options instanceof ObjectNode given) {
      complete = given.deepCopy().put(flag, true);
    }
    LoraConfig config = LoraConfig.parse(new MethodOptions(complete), base.modelType());
    return ModuleAdapter.start(config, base, seed);
  }

  @Override
  public Adapter load(Path folder, BaseModel base) {
    return ModuleAdapter.load(folder, base, o -> LoraConfig.parseSaved(o, base.modelType()));
  }
}
