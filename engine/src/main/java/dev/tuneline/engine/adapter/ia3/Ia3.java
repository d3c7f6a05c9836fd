package dev.tuneline.engine.adapter.ia3;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.Method;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.adapter.module.ModuleAdapter;
import dev.tuneline.engine.arch.BaseModel;
import java.nio.file.Path;

/** The method {@code ia3}. */
public final class Ia3 implements Method {
  @Override
  public String name() {
    return "ia3";
  }

  @Override
  public String peftType() {
    return "IA3";
  }

  @Override
  public Tunable start(JsonNode options, BaseModel base, long seed) {
    Ia3Config config = Ia3Config.parse(new MethodOptions(options), base.modelType());
    return ModuleAdapter.start(config, base, seed);
  }

  @Override
  public Adapter load(Path folder, BaseModel base) {
    return ModuleAdapter.load(folder, base, o -> Ia3Config.parse(o, base.modelType()));
  }
}
