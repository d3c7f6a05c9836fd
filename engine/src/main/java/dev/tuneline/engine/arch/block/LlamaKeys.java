package dev.tuneline.engine.arch.block;

import dev.tuneline.engine.arch.ConfigReader;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.rope.RopeScaling;
import java.util.List;

/**
 * The keys of config.json that Llama and its relatives share.
 *
 * @param intermediate width of the gated MLP
 * @param activation of the MLP's gate
 * @param rotated how many leading elements of a head turn
 * @param tied whether the LM head is the embedding matrix
 */
public record LlamaKeys(
    ModelShape shape,
    int intermediate,
    Activation activation,
    double normEpsilon,
    int rotated,
    RopeScaling rope,
    boolean tied,
    double initializerRange) {

  /**
   * Reads them; {@code rope} is over {@code rotatedFraction} of each head.
   *
   * @param headDim where config.json names none; 0 for hidden_size / num_attention_heads
   * @param maxPositions where config.json names none
   */
  public static LlamaKeys read(
      ConfigReader config, int headDim, int maxPositions, double rotatedFraction) {
    int hidden = config.size("hidden_size");
    int heads = config.size("num_attention_heads");
    int kvHeads = config.size("num_key_value_heads", heads);
    if (heads % kvHeads != 0) {
      throw config.bad("num_key_value_heads", "must divide num_attention_heads");
    }
    int dim = config.size("head_dim", headDim > 0 ? headDim : Math.max(1, hidden / heads));
    int rotated = (int) (dim * rotatedFraction);
    if (rotated < 2 || rotated % 2 != 0) {
      throw config.bad("head_dim", "must give an even number of rotated elements");
    }
    int trained = config.size("max_position_embeddings", maxPositions);
    RopeScaling rope = RopeScaling.read(config, rotated, trained);
    return new LlamaKeys(
        new ModelShape(
            config.size("num_hidden_layers"),
            hidden,
            heads,
            kvHeads,
            dim,
            config.size("vocab_size"),
            rope.reach(),
            trained),
        config.size("intermediate_size"),
        Activation.read(config, "hidden_act", "silu"),
        config.positive("rms_norm_eps", 1e-6),
        rotated,
        rope,
        config.flag("tie_word_embeddings", false),
        config.positive("initializer_range", 0.02));
  }

  /** Reads them where whole heads turn. */
  public static LlamaKeys read(ConfigReader config, int headDim, int maxPositions) {
    for (String key : List.of("rope_parameters", "rope_scaling")) {
      double fraction = config.root().path(key).path("partial_rotary_factor").asDouble(1);
      if (fraction != 1) {
        throw config.unsupported(key + ".partial_rotary_factor", fraction);
      }
    }
    return read(config, headDim, maxPositions, 1);
  }
}
