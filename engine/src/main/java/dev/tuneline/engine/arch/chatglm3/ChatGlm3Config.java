package dev.tuneline.engine.arch.chatglm3;

import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Blueprint;
import dev.tuneline.engine.arch.ConfigReader;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.arch.rope.FixedRope;
import dev.tuneline.engine.arch.rope.RopeScaling;
import java.util.List;
import java.util.SequencedMap;

/**
 * The keys of a ChatGLM3 config.json that change its outputs.
 *
 * @param intermediate width of the gated MLP
 * @param grouped whether queries share keys and values: it decides the order of the fused rows
 * @param qkvBias whether the projection onto queries, keys and values has a bias
 * @param linearBias whether all other projections have
 * @param residualAfterNorm whether each half of a block adds to its normalised input
 */
record ChatGlm3Config(
    ModelShape shape,
    int intermediate,
    double normEpsilon,
    RopeScaling rope,
    boolean grouped,
    boolean qkvBias,
    boolean linearBias,
    boolean residualAfterNorm,
    double initializerRange)
    implements Blueprint {

  static ChatGlm3Config read(ConfigReader config) {
    config.requireFlag("position_encoding_2d", false); // the first ChatGLM
    config.requireFlag("rmsnorm", true);
    config.requireFlag("post_layer_norm", true);
    config.requireFlag("tie_word_embeddings", false);
    for (String key : List.of("pre_seq_len", "quantization_bit")) {
      if (config.has(key) && config.count(key) > 0) {
        throw config.unsupported(key, config.count(key));
      }
    }
    int hidden = config.size("hidden_size");
    int heads = config.size("num_attention_heads");
    boolean grouped = config.flag("multi_query_attention", false);
    int groups = grouped ? config.size("multi_query_group_num", 1) : heads;
    if (heads % groups != 0) {
      throw config.bad("multi_query_group_num", "must divide num_attention_heads");
    }
    int headDim = config.size("kv_channels", Math.max(1, hidden / heads));
    if (headDim % 4 != 0) {
      throw config.bad("kv_channels", "must be a multiple of 4");
    }
    int trained = config.size("seq_length", 2048);
    double theta = 10_000 * config.positive("rope_ratio", 1);
    return new ChatGlm3Config(
        new ModelShape(
            config.size("num_layers"),
            hidden,
            heads,
            groups,
            headDim,
            config.size("padded_vocab_size"),
            trained,
            trained),
        config.size("ffn_hidden_size"),
        config.positive("layernorm_epsilon", 1e-5),
        FixedRope.plain(headDim / 2, theta, trained),
        grouped,
        config.flag("add_bias_linear", false) || config.flag("add_qkv_bias", false),
        config.flag("add_bias_linear", false),
        config.flag("apply_residual_connection_post_layernorm", false),
        config.positive("initializer_range", 0.02));
  }

  @Override
  public SequencedMap<String, List<Long>> weights() {
    return ChatGlm3Names.shapes(this);
  }

  @Override
  public String prefix() {
    return "transformer.";
  }

  @Override
  public Decoder decoder(Weights weights, PtNDManager manager) {
    return ChatGlm3Decoder.assemble(this, weights, manager);
  }
}
