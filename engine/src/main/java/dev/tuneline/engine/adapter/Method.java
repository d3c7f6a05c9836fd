package dev.tuneline.engine.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.arch.BaseModel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A fine-tuning method; stateless. */
public interface Method {
  /** Its name in job requests. */
  String name();

  /** The {@code peft_type} of its adapter folders; null if it makes no adapter. */
  @Nullable String peftType();

  /**
   * Fresh parameters over {@code base}.
   *
   * @param options the keys of PEFT's adapter_config.json; each unsupported one is a problem naming
   *     it
   * @param seed of the initial values: same seed, same values
   */
  Tunable start(JsonNode options, BaseModel base, long seed);

  /** Loads a PEFT adapter folder; every tensor that does not fit is named in one problem. */
  Adapter load(Path folder, BaseModel base);
}
