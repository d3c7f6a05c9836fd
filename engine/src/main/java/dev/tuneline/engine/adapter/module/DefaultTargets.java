package dev.tuneline.engine.adapter.module;

import dev.tuneline.engine.adapter.MethodOptions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The modules that PEFT adapts in a kind of model when the options name none. */
public final class DefaultTargets {
  private static final List<String> QUERY_VALUE = List.of("q_proj", "v_proj");

  private static final Map<String, List<String>> LOW_RANK =
      Map.of(
          "gpt2", List.of("c_attn"),
          "bloom", List.of("query_key_value"),
          "chatglm", List.of("query_key_value"),
          "llama", QUERY_VALUE,
          "mistral", QUERY_VALUE,
          "qwen2", QUERY_VALUE,
          "qwen3", QUERY_VALUE);

  private static final Map<String, List<String>> IA3 =
      Map.of(
          "gpt2", List.of("c_attn", "mlp.c_proj"),
          "bloom", List.of("query_key_value", "mlp.dense_4h_to_h"),
          "llama", List.of("k_proj", "v_proj", "down_proj"),
          "mistral", List.of("k_proj", "v_proj", "down_proj"),
          "qwen2", List.of("q_proj", "v_proj", "down_proj"),
          "qwen3", List.of("q_proj", "v_proj", "down_proj"));

  private static final Map<String, List<String>> IA3_FEEDFORWARD =
      Map.of(
          "gpt2", List.of("mlp.c_proj"),
          "bloom", List.of("mlp.dense_4h_to_h"),
          "llama", List.of("down_proj"),
          "mistral", List.of("down_proj"),
          "qwen2", List.of("down_proj"),
          "qwen3", List.of("down_proj"));

  private DefaultTargets() {}

  /** Of LoRA and AdaLoRA. */
  public static ModuleNames lowRank(String modelType) {
    return of("target_modules", LOW_RANK, modelType);
  }

  /** Of IA3. */
  public static ModuleNames ia3(String modelType) {
    return of("target_modules", IA3, modelType);
  }

  /** IA3's {@code feedforward_modules}. */
  public static ModuleNames ia3Feedforward(String modelType) {
    return of("feedforward_modules", IA3_FEEDFORWARD, modelType);
  }

  private static ModuleNames of(String key, Map<String, List<String>> all, String modelType) {
    @Nullable List<String> names = all.get(modelType);
    if (names == null) {
      throw MethodOptions.bad(key, "has no default for models of type " + modelType)
          .mend("name the modules to adapt, or \"" + TargetModules.ALL_LINEAR + "\"");
    }
    return new ModuleNames.Listed(names);
  }
}
