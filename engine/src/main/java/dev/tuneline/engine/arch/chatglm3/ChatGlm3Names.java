package dev.tuneline.engine.arch.chatglm3;

import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.WeightShapes;
import java.util.List;
import java.util.SequencedMap;

/** The modules of a ChatGLM3 checkpoint and the dimensions of their weights. */
final class ChatGlm3Names {
  static final String EMBEDDING = "transformer.embedding.word_embeddings";
  static final String NORM = "transformer.encoder.final_layernorm";
  static final String HEAD = "transformer.output_layer";

  private ChatGlm3Names() {}

  /** What the modules of a layer start with. */
  static String layer(int index) {
    return "transformer.encoder.layers." + index + ".";
  }

  static SequencedMap<String, List<Long>> shapes(ChatGlm3Config config) {
    ModelShape shape = config.shape();
    long hidden = shape.hidden();
    long mlp = config.intermediate();
    long q = (long) shape.heads() * shape.headDim();
    long qkv = q + 2L * shape.kvHeads() * shape.headDim();
    WeightShapes shapes = new WeightShapes().matrix(EMBEDDING, shape.vocab(), hidden);
    for (int i = 0; i < shape.layers(); i++) {
      String layer = layer(i);
      shapes
          .norm(layer + "input_layernorm", hidden, false)
          .linear(layer + "self_attention.query_key_value", qkv, hidden, config.qkvBias())
          .linear(layer + "self_attention.dense", hidden, q, config.linearBias())
          .norm(layer + "post_attention_layernorm", hidden, false)
          .linear(layer + "mlp.dense_h_to_4h", 2 * mlp, hidden, config.linearBias())
          .linear(layer + "mlp.dense_4h_to_h", hidden, mlp, config.linearBias());
    }
    return shapes.norm(NORM, hidden, false).matrix(HEAD, shape.vocab(), hidden).all();
  }
}
