package dev.tuneline.engine.arch.block;

import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.WeightShapes;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Consumer;

/** The modules that checkpoints of Llama and its relatives share, and their weights. */
public final class LlamaLayers {
  static final String EMBEDDING = "model.embed_tokens";
  static final String NORM = "model.norm";
  static final String HEAD = "lm_head";

  private LlamaLayers() {}

  /** What the modules of a layer start with. */
  static String layer(int index) {
    return "model.layers." + index + ".";
  }

  /** All weights of a model whose layers hold what {@code parts} adds. */
  public static SequencedMap<String, List<Long>> shapes(LlamaKeys keys, Consumer<Layer> parts) {
    ModelShape shape = keys.shape();
    WeightShapes shapes = new WeightShapes().matrix(EMBEDDING, shape.vocab(), shape.hidden());
    for (int i = 0; i < shape.layers(); i++) {
      parts.accept(new Layer(layer(i), keys, shapes));
    }
    shapes.norm(NORM, shape.hidden(), false);
    return keys.tied() ? shapes.all() : shapes.matrix(HEAD, shape.vocab(), shape.hidden()).all();
  }

  /** Adds the weights of one layer. */
  public record Layer(String name, LlamaKeys keys, WeightShapes shapes) {
    /**
     * Four projections of attention.
     *
     * @param inputBias whether those onto queries, keys and values have a bias
     * @param outputBias whether the one back has
     */
    public Layer attention(boolean inputBias, boolean outputBias) {
      ModelShape shape = keys.shape();
      long hidden = shape.hidden();
      long q = (long) shape.heads() * shape.headDim();
      long kv = (long) shape.kvHeads() * shape.headDim();
      shapes
          .linear(name + "self_attn.q_proj", q, hidden, inputBias)
          .linear(name + "self_attn.k_proj", kv, hidden, inputBias)
          .linear(name + "self_attn.v_proj", kv, hidden, inputBias)
          .linear(name + "self_attn.o_proj", hidden, q, outputBias);
      return this;
    }

    /** Norms over each query and key head. */
    public Layer headNorms() {
      shapes
          .norm(name + "self_attn.q_norm", keys.shape().headDim(), false)
          .norm(name + "self_attn.k_norm", keys.shape().headDim(), false);
      return this;
    }

    /** Gate, up and down. */
    public Layer gatedMlp(boolean bias) {
      long hidden = keys.shape().hidden();
      shapes
          .linear(name + "mlp.gate_proj", keys.intermediate(), hidden, bias)
          .linear(name + "mlp.up_proj", keys.intermediate(), hidden, bias)
          .linear(name + "mlp.down_proj", hidden, keys.intermediate(), bias);
      return this;
    }

    /** Gate and up as one projection, and down. */
    public Layer fusedMlp() {
      long hidden = keys.shape().hidden();
      shapes
          .linear(name + "mlp.gate_up_proj", 2L * keys.intermediate(), hidden, false)
          .linear(name + "mlp.down_proj", hidden, keys.intermediate(), false);
      return this;
    }

    /** The norms before attention and MLP. */
    public Layer norms() {
      shapes
          .norm(name + "input_layernorm", keys.shape().hidden(), false)
          .norm(name + "post_attention_layernorm", keys.shape().hidden(), false);
      return this;
    }
  }
}
