package dev.tuneline.engine.adapter.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.AdapterFolder;
import dev.tuneline.engine.adapter.Method;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.ModelShape;
import java.nio.file.Path;
import java.util.Locale;

/** The methods that train virtual tokens. */
public record PromptLearning(Kind kind) implements Method {
  /** What the virtual tokens are and how they are made. */
  public enum Kind {
    /** Keys and values in every layer, with or without a network that makes them. */
    P_TUNING_V2("PREFIX_TUNING"),
    /** Embeddings made by a network. */
    P_TUNING("P_TUNING"),
    /** Embeddings. */
    PROMPT_TUNING("PROMPT_TUNING");

    private final String peftType;

    Kind(String peftType) {
      this.peftType = peftType;
    }
  }

  @Override
  public String name() {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String peftType() {
    return kind.peftType;
  }

  @Override
  public Tunable start(JsonNode options, BaseModel base, long seed) {
    return new VirtualTokenTuning(this, read(new MethodOptions(options), base.shape()), base, seed);
  }

  @Override
  public Adapter load(Path folder, BaseModel base) {
    try (AdapterFolder peft = AdapterFolder.open(folder)) {
      PromptConfig config = peft.config(options -> read(options, base.shape()));
      return VirtualTokenAdapter.load(this, config.tokens(), peft);
    }
  }

  private PromptConfig read(MethodOptions options, ModelShape shape) {
    PromptConfig config =
        switch (kind) {
          case P_TUNING_V2 -> PrefixTuningConfig.read(options, shape);
          case P_TUNING -> PTuningConfig.read(options, shape);
          case PROMPT_TUNING -> PromptTuningConfig.read(options, shape);
        };
    options.refuseOthers();
    return config;
  }
}
