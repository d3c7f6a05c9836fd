package dev.tuneline.engine.arch;

import dev.tuneline.engine.arch.bloom.Bloom;
import dev.tuneline.engine.arch.chatglm3.ChatGlm3;
import dev.tuneline.engine.arch.glm.Glm;
import dev.tuneline.engine.arch.gpt2.Gpt2;
import dev.tuneline.engine.arch.llama.Llama;
import dev.tuneline.engine.arch.mistral.Mistral;
import dev.tuneline.engine.arch.qwen2.Qwen2;
import dev.tuneline.engine.arch.qwen3.Qwen3;
import dev.tuneline.errors.Problem;
import java.util.List;

/** Every architecture there is. To add one: a folder beside {@code qwen2} and a line here. */
public final class Architectures {
  private static final List<Architecture> ALL =
      List.of(
          new Qwen2(),
          new Qwen3(),
          new Llama(),
          new Mistral(),
          new Gpt2(),
          new Bloom(),
          new Glm(),
          new ChatGlm3());

  private Architectures() {}

  /**
   * The model that {@code config} describes, by its {@code model_type}.
   *
   * @throws Problem UNKNOWN_ARCHITECTURE, MALFORMED_CONFIG or UNSUPPORTED_CONFIG
   */
  public static Blueprint read(ConfigReader config) {
    String type = config.text("model_type");
    Architecture architecture =
        ALL.stream()
            .filter(a -> a.modelType().equals(type))
            .findFirst()
            .orElseThrow(
                () ->
                    Problem.caller(
                            "UNKNOWN_ARCHITECTURE", "model_type \"" + type + "\" is not known")
                        .at(Problem.FILE, config.file())
                        .at(Problem.FIELD, "model_type")
                        .mend("use one of " + modelTypes()));
    if (config.has("quantization_config")) {
      throw config
          .unsupported("quantization_config", config.root().path("quantization_config"))
          .mend("bring the weights before they were quantised");
    }
    return architecture.read(config);
  }

  /** Their model types. */
  public static List<String> modelTypes() {
    return ALL.stream().map(Architecture::modelType).toList();
  }
}
