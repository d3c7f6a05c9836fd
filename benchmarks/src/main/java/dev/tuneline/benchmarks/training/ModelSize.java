package dev.tuneline.benchmarks.training;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A Qwen2 model's sizes; its weights are random, its head is its embedding. */
record ModelSize(
    String name,
    int layers,
    int hidden,
    int intermediate,
    int heads,
    int keyValueHeads,
    int vocabulary) {
  /** 39,973,376 weights. */
  static final ModelSize SMALL = new ModelSize("40 M", 8, 512, 1408, 8, 4, 32_000);

  /** Those of Qwen2.5-0.5B: 494,032,768 weights. */
  static final ModelSize LARGE = new ModelSize("0.5 B", 24, 896, 4864, 14, 2, 151_936);

  /** Its config.json, for weights of {@code dtype}. */
  Map<String, Object> config(String dtype) {
    Map<String, Object> config = new HashMap<>();
    config.put("architectures", List.of("Qwen2ForCausalLM"));
    config.put("model_type", "qwen2");
    config.put("hidden_act", "silu");
    config.put("hidden_size", hidden);
    config.put("intermediate_size", intermediate);
    config.put("num_hidden_layers", layers);
    config.put("num_attention_heads", heads);
    config.put("num_key_value_heads", keyValueHeads);
    config.put("vocab_size", vocabulary);
    config.put("max_position_embeddings", 4096);
    config.put("initializer_range", 0.02);
    config.put("rms_norm_eps", 1e-6);
    config.put("rope_theta", 1e6);
    config.put("tie_word_embeddings", true);
    config.put("use_sliding_window", false);
    config.put("attention_dropout", 0.0);
    config.put("torch_dtype", dtype);
    return config;
  }

  /** Weights of the projections of one layer. */
  long layerWeights() {
    long headSize = hidden / heads;
    long attention = 2L * hidden * hidden + 2L * hidden * keyValueHeads * headSize;
    return attention + 3L * hidden * intermediate;
  }
}
