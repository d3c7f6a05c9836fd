package dev.tuneline.engine.arch.gpt2;

import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.WeightShapes;
import java.util.List;
import java.util.SequencedMap;

/** The modules of a GPT-2 checkpoint and the dimensions of their weights. */
final class Gpt2Names {
  static final String EMBEDDING = "transformer.wte";
  static final String POSITIONS = "transformer.wpe";
  static final String NORM = "transformer.ln_f";
  static final String HEAD = "lm_head";

  private Gpt2Names() {}

  /** What the modules of a layer start with. */
  static String layer(int index) {
    return "transformer.h." + index + ".";
  }

  static SequencedMap<String, List<Long>> shapes(Gpt2Config config) {
    ModelShape shape = config.shape();
    long hidden = shape.hidden();
    WeightShapes shapes =
        new WeightShapes()
            .matrix(EMBEDDING, shape.vocab(), hidden)
            .matrix(POSITIONS, shape.maxPositions(), hidden);
    for (int i = 0; i < shape.layers(); i++) {
      String layer = layer(i);
      shapes
          .norm(layer + "ln_1", hidden, true)
          .conv1d(layer + "attn.c_attn", 3 * hidden, hidden)
          .conv1d(layer + "attn.c_proj", hidden, hidden)
          .norm(layer + "ln_2", hidden, true)
          .conv1d(layer + "mlp.c_fc", config.intermediate(), hidden)
          .conv1d(layer + "mlp.c_proj", hidden, config.intermediate());
    }
    shapes.norm(NORM, hidden, true);
    return config.tied() ? shapes.all() : shapes.matrix(HEAD, shape.vocab(), hidden).all();
  }
}
