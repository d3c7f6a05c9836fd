package dev.tuneline.engine.arch.bloom;

import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Blueprint;
import dev.tuneline.engine.arch.ConfigReader;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.Weights;
import java.util.List;
import java.util.SequencedMap;

/**
 * The keys of a BLOOM config.json that change its outputs.
 *
 * @param residualAfterNorm whether each half of a block adds to its normalised input
 * @param tied whether the LM head is the embedding matrix
 */
record BloomConfig(
    ModelShape shape,
    double normEpsilon,
    boolean residualAfterNorm,
    boolean tied,
    double initializerRange)
    implements Blueprint {

  /** What BLOOM was trained with; its positions have no end of their own. */
  private static final int TRAINED = 2048;

  static BloomConfig read(ConfigReader config) {
    int hidden = config.size(config.either("n_embed", "hidden_size"));
    String headsKey = config.either("n_head", "num_attention_heads");
    int heads = config.size(headsKey);
    if (hidden % heads != 0) {
      throw config.bad(headsKey, "must divide hidden_size");
    }
    int trained = config.size("seq_length", TRAINED);
    return new BloomConfig(
        new ModelShape(
            config.size(config.either("n_layer", "num_hidden_layers")),
            hidden,
            heads,
            heads,
            hidden / heads,
            config.size("vocab_size"),
            trained,
            trained),
        config.positive("layer_norm_epsilon", 1e-5),
        config.flag("apply_residual_connection_post_layernorm", false),
        config.flag("tie_word_embeddings", true),
        config.positive("initializer_range", 0.02));
  }

  @Override
  public SequencedMap<String, List<Long>> weights() {
    return BloomNames.shapes(this);
  }

  @Override
  public String prefix() {
    return "transformer.";
  }

  @Override
  public Decoder decoder(Weights weights, PtNDManager manager) {
    return BloomDecoder.assemble(this, weights, manager);
  }
}
