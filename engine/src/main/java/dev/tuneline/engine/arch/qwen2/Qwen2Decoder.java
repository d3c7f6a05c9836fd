package dev.tuneline.engine.arch.qwen2;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.arch.block.Activation;
import dev.tuneline.engine.arch.block.Block;
import dev.tuneline.engine.arch.block.DecoderStack;
import dev.tuneline.engine.arch.block.GatedMlp;
import dev.tuneline.engine.arch.block.PreNormBlock;
import dev.tuneline.engine.arch.block.QueryKeyValue;
import dev.tuneline.engine.arch.block.RmsNorm;
import dev.tuneline.engine.arch.block.Rotary;
import dev.tuneline.engine.arch.block.SelfAttention;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;

/** Assembles the Qwen2 forward pass. */
final class Qwen2Decoder {
  private final Qwen2Config config;
  private final ModelShape shape;
  private final Weights weights;
  private final PtNDManager manager;
  private final PtNDArray epsilon;
  private final PtNDArray scale;

  private Qwen2Decoder(Qwen2Config config, Weights weights, PtNDManager manager) {
    this.config = config;
    this.shape = config.shape();
    this.weights = weights;
    this.manager = manager;
    this.epsilon = Scope.own(Tensors.scalar(manager, config.normEpsilon()));
    this.scale = Scope.own(Tensors.scalar(manager, 1 / Math.sqrt(shape.headDim())));
  }

  static Decoder assemble(Qwen2Config config, Weights weights, PtNDManager manager) {
    return new Qwen2Decoder(config, weights, manager).stack();
  }

  private Decoder stack() {
    Embedding embedding = weights.embedding(Qwen2Names.EMBEDDING);
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      blocks.add(block(i, Qwen2Names.layer(i)));
    }
    return new DecoderStack(
        shape,
        manager,
        embedding,
        new Rotary(shape.headDim(), Rotary.Pairing.HALVES, config.rope()),
        blocks,
        norm(Qwen2Names.NORM),
        weights.head(Qwen2Names.HEAD, embedding));
  }

  private Block block(int index, String layer) {
    QueryKeyValue projections =
        new QueryKeyValue.Separate(
            shape,
            weights.linear(layer + "self_attn.q_proj"),
            weights.linear(layer + "self_attn.k_proj"),
            weights.linear(layer + "self_attn.v_proj"));
    return new PreNormBlock(
        norm(layer + "input_layernorm"),
        new SelfAttention(index, scale, projections, weights.linear(layer + "self_attn.o_proj")),
        norm(layer + "post_attention_layernorm"),
        new GatedMlp(
            Activation.SILU,
            weights.linear(layer + "mlp.gate_proj"),
            weights.linear(layer + "mlp.up_proj"),
            weights.linear(layer + "mlp.down_proj")));
  }

  private RmsNorm norm(String module) {
    return new RmsNorm(weights.get(module + ".weight"), epsilon);
  }
}
