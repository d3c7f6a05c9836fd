package dev.tuneline.engine.adapter.full;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.Method;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The method {@code full}; it has no options. */
public final class Full implements Method {
  @Override
  public String name() {
    return "full";
  }

  @Override
  public @Nullable String peftType() {
    return null;
  }

  @Override
  public Tunable start(JsonNode options, BaseModel base, long seed) {
    for (Map.Entry<String, JsonNode> option : options.properties()) {
      throw Problem.caller("UNSUPPORTED_METHOD_OPTION", "method full takes no options")
          .at(Problem.FIELD, option.getKey());
    }
    return new FullTuning(base);
  }

  @Override
  public Adapter load(Path folder, BaseModel base) {
    throw Problem.caller("NOT_AN_ADAPTER", "method full makes a model folder, not an adapter")
        .at(Problem.FILE, folder)
        .mend("load it as a base model");
  }
}
