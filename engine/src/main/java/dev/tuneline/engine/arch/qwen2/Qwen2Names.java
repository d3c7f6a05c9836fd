package dev.tuneline.engine.arch.qwen2;

import dev.tuneline.engine.arch.ModelShape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** The weight names of a Qwen2 checkpoint and their dimensions. */
final class Qwen2Names {
  static final String EMBEDDING = "model.embed_tokens.weight";
  static final String NORM = "model.norm.weight";
  static final String HEAD = "lm_head";

  private Qwen2Names() {}

  static String layer(int index, String rest) {
    return "model.layers." + index + "." + rest;
  }

  static SequencedMap<String, List<Long>> shapes(Qwen2Config config) {
    ModelShape shape = config.shape();
    long hidden = shape.hidden();
    long mlp = config.intermediate();
    long q = (long) shape.heads() * shape.headDim();
    long kv = (long) shape.kvHeads() * shape.headDim();
    SequencedMap<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put(EMBEDDING, List.of((long) shape.vocab(), hidden));
    for (int i = 0; i < shape.layers(); i++) {
      shapes.put(layer(i, "self_attn.q_proj.weight"), List.of(q, hidden));
      shapes.put(layer(i, "self_attn.q_proj.bias"), List.of(q));
      shapes.put(layer(i, "self_attn.k_proj.weight"), List.of(kv, hidden));
      shapes.put(layer(i, "self_attn.k_proj.bias"), List.of(kv));
      shapes.put(layer(i, "self_attn.v_proj.weight"), List.of(kv, hidden));
      shapes.put(layer(i, "self_attn.v_proj.bias"), List.of(kv));
      shapes.put(layer(i, "self_attn.o_proj.weight"), List.of(hidden, q));
      shapes.put(layer(i, "mlp.gate_proj.weight"), List.of(mlp, hidden));
      shapes.put(layer(i, "mlp.up_proj.weight"), List.of(mlp, hidden));
      shapes.put(layer(i, "mlp.down_proj.weight"), List.of(hidden, mlp));
      shapes.put(layer(i, "input_layernorm.weight"), List.of(hidden));
      shapes.put(layer(i, "post_attention_layernorm.weight"), List.of(hidden));
    }
    shapes.put(NORM, List.of(hidden));
    if (!config.tied()) {
      shapes.put(HEAD + ".weight", List.of((long) shape.vocab(), hidden));
    }
    return shapes;
  }
}
