package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.Norm;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the parts that decoders of Llama and its relatives are assembled from. */
public final class LlamaParts {
  /** Makes one layer's block. */
  @FunctionalInterface
  public interface Blocks {
    /** The block of layer {@code index}, whose modules' names start with {@code layer}. */
    Block block(int index, String layer);
  }

  private final LlamaKeys keys;
  private final ModelShape shape;
  private final Weights weights;
  private final PtNDManager manager;
  private final PtNDArray epsilon;
  private final PtNDArray queryScale;

  /** Parts over {@code weights}; their constants go to {@code manager}. */
  public LlamaParts(LlamaKeys keys, Weights weights, PtNDManager manager) {
    this.keys = keys;
    this.shape = keys.shape();
    this.weights = weights;
    this.manager = manager;
    this.epsilon = Scope.own(Tensors.scalar(manager, keys.normEpsilon()));
    this.queryScale = Scope.own(Tensors.scalar(manager, 1 / Math.sqrt(shape.headDim())));
  }

  /** The whole decoder. */
  public Decoder stack(Rotary.Pairing pairing, Blocks blocks) {
    Embedding embedding = weights.embedding(LlamaLayers.EMBEDDING);
    List<Block> all = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      all.add(blocks.block(i, LlamaLayers.layer(i)));
    }
    return new DecoderStack(
        shape,
        manager,
        embedding,
        new Rotary(keys.rotated(), pairing, keys.rope()),
        all,
        norm(LlamaLayers.NORM),
        weights.head(LlamaLayers.HEAD, embedding));
  }

  /** A block of these halves between the usual norms. */
  public Block block(String layer, SelfAttention attention, Half mlp) {
    return new PreNormBlock(
        norm(layer + "input_layernorm"), attention, norm(layer + "post_attention_layernorm"), mlp);
  }

  /**
   * Attention over {@code window} positions.
   *
   * @param window how many positions back a row sees, itself included; 0 for all
   */
  public SelfAttention attention(int index, String layer, int window) {
    return attention(index, layer, window, null, null);
  }

  /** The same with norms over query and key heads. */
  public SelfAttention attention(
      int index, String layer, int window, @Nullable Norm queryNorm, @Nullable Norm keyNorm) {
    QueryKeyValue projections =
        new QueryKeyValue.Separate(
            shape,
            weights.linear(layer + "self_attn.q_proj"),
            weights.linear(layer + "self_attn.k_proj"),
            weights.linear(layer + "self_attn.v_proj"));
    Linear output = weights.linear(layer + "self_attn.o_proj");
    return new SelfAttention(index, window, queryScale, projections, output, queryNorm, keyNorm);
  }

  /** Gate, up and down. */
  public Half gatedMlp(String layer) {
    return new GatedMlp(
        keys.activation(),
        weights.linear(layer + "mlp.gate_proj"),
        weights.linear(layer + "mlp.up_proj"),
        weights.linear(layer + "mlp.down_proj"));
  }

  /** Gate and up as one projection, and down. */
  public Half fusedMlp(String layer) {
    return new GatedMlp.Fused(
        keys.activation(),
        weights.linear(layer + "mlp.gate_up_proj"),
        weights.linear(layer + "mlp.down_proj"));
  }

  public Norm norm(String module) {
    return RmsNorm.of(weights, module, epsilon);
  }
}
