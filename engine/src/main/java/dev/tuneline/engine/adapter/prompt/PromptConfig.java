package dev.tuneline.engine.adapter.prompt;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.arch.BaseModel;

/** The checked adapter_config.json of a prompt-learning method, complete with PEFT's defaults. */
sealed interface PromptConfig permits PTuningConfig, PrefixTuningConfig, PromptTuningConfig {
  VirtualTokens tokens();

  /** A fresh encoder for {@code base}, with PEFT's initial distributions. */
  PromptEncoder encoder(BaseModel base, Fresh fresh);

  /** Puts the keys of this method alone into {@code json}. */
  void write(ObjectNode json);

  /** The options of this configuration, as they are read. */
  default ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    tokens().write(json);
    write(json);
    return json;
  }

  /** The same with what PEFT asks for beside. */
  default ObjectNode toPeft(BaseModel base) {
    return toJson();
  }
}
