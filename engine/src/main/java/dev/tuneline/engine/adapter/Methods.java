package dev.tuneline.engine.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.adapter.adalora.AdaLora;
import dev.tuneline.engine.adapter.full.Full;
import dev.tuneline.engine.adapter.ia3.Ia3;
import dev.tuneline.engine.adapter.lora.Lora;
import dev.tuneline.engine.adapter.lora.Qlora;
import dev.tuneline.engine.adapter.prompt.PromptLearning;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.ConfigReader;
import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Every method there is. To add one: a folder beside {@code lora} and a line here. */
public final class Methods {
  private static final List<Method> ALL =
      List.of(
          new Lora("lora", null),
          new Lora("rslora", "use_rslora"),
          new Lora("dora", "use_dora"),
          new Qlora(new Lora("lora", null)),
          new AdaLora(),
          new Ia3(),
          new PromptLearning(PromptLearning.Kind.P_TUNING_V2),
          new PromptLearning(PromptLearning.Kind.P_TUNING),
          new PromptLearning(PromptLearning.Kind.PROMPT_TUNING),
          new Full());

  private Methods() {}

  /** Their names. */
  public static List<String> names() {
    return ALL.stream().map(Method::name).toList();
  }

  /** Starts {@code method} over {@code base}; see {@link Method#start}. */
  public static Tunable start(String method, JsonNode options, BaseModel base, long seed) {
    return ALL.stream()
        .filter(m -> m.name().equals(method))
        .findFirst()
        .orElseThrow(
            () ->
                Problem.caller("UNKNOWN_METHOD", "method \"" + method + "\" is not known")
                    .at(Problem.FIELD, "method")
                    .mend("use one of " + names()))
        .start(options, base, seed);
  }

  /** Starts the method that {@code config}, the content of an adapter_config.json, is of. */
  public static Tunable startAs(JsonNode config, BaseModel base, long seed) {
    return ofPeftType(config.path("peft_type").asText()).start(config, base, seed);
  }

  /** Loads a PEFT adapter folder by the {@code peft_type} of its adapter_config.json. */
  public static Adapter load(Path folder, BaseModel base) {
    ConfigReader config = ConfigReader.open(folder.resolve(AdapterFiles.CONFIG));
    try {
      return ofPeftType(config.text("peft_type")).load(folder, base);
    } catch (Problem problem) {
      throw problem.details().containsKey(Problem.FILE)
          ? problem
          : problem.at(Problem.FILE, config.file());
    }
  }

  private static Method ofPeftType(String type) {
    return ALL.stream()
        .filter(m -> Objects.equals(m.peftType(), type))
        .findFirst()
        .orElseThrow(
            () ->
                Problem.caller("UNKNOWN_METHOD", "peft_type \"" + type + "\" is not known")
                    .at(Problem.FIELD, "peft_type"));
  }
}
