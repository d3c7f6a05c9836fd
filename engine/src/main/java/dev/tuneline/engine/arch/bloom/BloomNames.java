package dev.tuneline.engine.arch.bloom;

import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.WeightShapes;
import java.util.List;
import java.util.SequencedMap;

/** The modules of a BLOOM checkpoint and the dimensions of their weights. */
final class BloomNames {
  static final String EMBEDDING = "transformer.word_embeddings";
  static final String EMBEDDING_NORM = "transformer.word_embeddings_layernorm";
  static final String NORM = "transformer.ln_f";
  static final String HEAD = "lm_head";

  private BloomNames() {}

  /** What the modules of a layer start with. */
  static String layer(int index) {
    return "transformer.h." + index + ".";
  }

  static SequencedMap<String, List<Long>> shapes(BloomConfig config) {
    ModelShape shape = config.shape();
    long hidden = shape.hidden();
    WeightShapes shapes =
        new WeightShapes()
            .matrix(EMBEDDING, shape.vocab(), hidden)
            .norm(EMBEDDING_NORM, hidden, true);
    for (int i = 0; i < shape.layers(); i++) {
      String layer = layer(i);
      shapes
          .norm(layer + "input_layernorm", hidden, true)
          .linear(layer + "self_attention.query_key_value", 3 * hidden, hidden, true)
          .linear(layer + "self_attention.dense", hidden, hidden, true)
          .norm(layer + "post_attention_layernorm", hidden, true)
          .linear(layer + "mlp.dense_h_to_4h", 4 * hidden, hidden, true)
          .linear(layer + "mlp.dense_4h_to_h", hidden, 4 * hidden, true);
    }
    shapes.norm(NORM, hidden, true);
    return config.tied() ? shapes.all() : shapes.matrix(HEAD, shape.vocab(), hidden).all();
  }
}
