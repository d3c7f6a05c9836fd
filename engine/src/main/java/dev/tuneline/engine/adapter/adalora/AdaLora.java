package dev.tuneline.engine.adapter.adalora;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.Method;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.adapter.module.ModuleAdapter;
import dev.tuneline.engine.arch.BaseModel;
import java.nio.file.Path;

/** The method {@code adalora} (Zhang et al. 2023). */
public final class AdaLora implements Method {
  @Override
  public String name() {
    return "adalora";
  }

  @Override
  public String peftType() {
    return "ADALORA";
  }

  @Override
  public Tunable start(JsonNode options, BaseModel base, long seed) {
    AdaLoraConfig config = AdaLoraConfig.parse(new MethodOptions(options), base.modelType());
    return ModuleAdapter.start(config.unpruned(), base, seed);
  }

  @Override
  public Adapter load(Path folder, BaseModel base) {
    return ModuleAdapter.load(folder, base, o -> AdaLoraConfig.parse(o, base.modelType()));
  }
}
