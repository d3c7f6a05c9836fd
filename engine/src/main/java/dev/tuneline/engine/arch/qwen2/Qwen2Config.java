package dev.tuneline.engine.arch.qwen2;

import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Blueprint;
import dev.tuneline.engine.arch.ConfigReader;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.arch.block.RopeScaling;
import java.util.List;
import java.util.SequencedMap;

/**
 * The keys of a Qwen2 config.json that change its outputs.
 *
 * @param intermediate width of the gated MLP
 * @param tied whether the LM head is the embedding matrix
 */
record Qwen2Config(
    ModelShape shape,
    int intermediate,
    double normEpsilon,
    RopeScaling rope,
    boolean tied,
    double initializerRange)
    implements Blueprint {

  static Qwen2Config read(ConfigReader config) {
    if (config.flag("use_sliding_window", false)) {
      throw config.unsupported("use_sliding_window", true);
    }
    if (config.has("hidden_act") && !config.text("hidden_act").equals("silu")) {
      throw config.unsupported("hidden_act", config.text("hidden_act"));
    }
    int hidden = config.size("hidden_size");
    int heads = config.size("num_attention_heads");
    int kvHeads = config.size("num_key_value_heads", heads);
    if (heads % kvHeads != 0) {
      throw config.bad("num_key_value_heads", "must divide num_attention_heads");
    }
    int headDim = config.size("head_dim", Math.max(1, hidden / heads));
    if (headDim % 2 != 0) {
      throw config.bad("head_dim", "must be even");
    }
    return new Qwen2Config(
        new ModelShape(
            config.size("num_hidden_layers"),
            hidden,
            heads,
            kvHeads,
            headDim,
            config.size("vocab_size"),
            config.size("max_position_embeddings", 32_768)),
        config.size("intermediate_size"),
        config.positive("rms_norm_eps", 1e-6),
        RopeScaling.read(config, headDim, 10_000),
        config.flag("tie_word_embeddings", false),
        config.positive("initializer_range", 0.02));
  }

  @Override
  public SequencedMap<String, List<Long>> weights() {
    return Qwen2Names.shapes(this);
  }

  @Override
  public String prefix() {
    return "model.";
  }

  @Override
  public Decoder decoder(Weights weights, PtNDManager manager) {
    return Qwen2Decoder.assemble(this, weights, manager);
  }
}
