package dev.tuneline.engine.arch.gpt2;

import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Blueprint;
import dev.tuneline.engine.arch.ConfigReader;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.arch.block.Activation;
import java.util.List;
import java.util.SequencedMap;

/**
 * The keys of a GPT-2 config.json that change its outputs.
 *
 * @param intermediate width of the MLP
 * @param scaledByWidth whether scores are divided by the root of a head's width
 * @param scaledByLayer whether scores are divided by a layer's number, counted from 1
 * @param tied whether the LM head is the embedding matrix
 */
record Gpt2Config(
    ModelShape shape,
    int intermediate,
    Activation activation,
    double normEpsilon,
    boolean scaledByWidth,
    boolean scaledByLayer,
    boolean tied,
    double initializerRange)
    implements Blueprint {

  static Gpt2Config read(ConfigReader config) {
    config.requireFlag("add_cross_attention", false);
    int hidden = config.size(config.either("n_embd", "hidden_size"));
    String headsKey = config.either("n_head", "num_attention_heads");
    int heads = config.size(headsKey);
    if (hidden % heads != 0) {
      throw config.bad(headsKey, "must divide n_embd");
    }
    int trained =
        config.size(config.either("n_positions", "max_position_embeddings", "n_ctx"), 1024);
    return new Gpt2Config(
        new ModelShape(
            config.size(config.either("n_layer", "num_hidden_layers")),
            hidden,
            heads,
            heads,
            hidden / heads,
            config.size("vocab_size"),
            trained,
            trained),
        config.size("n_inner", Math.multiplyExact(4, hidden)),
        Activation.read(config, "activation_function", "gelu_new"),
        config.positive("layer_norm_epsilon", 1e-5),
        config.flag("scale_attn_weights", true),
        config.flag("scale_attn_by_inverse_layer_idx", false),
        config.flag("tie_word_embeddings", true),
        config.positive("initializer_range", 0.02));
  }

  /** What the scores of a layer are multiplied with. */
  double scoreScale(int layer) {
    double byWidth = scaledByWidth ? 1 / Math.sqrt(shape.headDim()) : 1;
    return scaledByLayer ? byWidth / (layer + 1) : byWidth;
  }

  @Override
  public SequencedMap<String, List<Long>> weights() {
    return Gpt2Names.shapes(this);
  }

  @Override
  public String prefix() {
    return "transformer.";
  }

  @Override
  public Decoder decoder(Weights weights, PtNDManager manager) {
    return Gpt2Decoder.assemble(this, weights, manager);
  }
}
