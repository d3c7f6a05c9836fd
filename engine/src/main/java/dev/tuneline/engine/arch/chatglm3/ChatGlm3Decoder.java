package dev.tuneline.engine.arch.chatglm3;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.Linear;
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

/** Assembles the ChatGLM3 forward pass. */
record ChatGlm3Decoder(
    ChatGlm3Config config,
    Weights weights,
    PtNDManager manager,
    PtNDArray epsilon,
    PtNDArray scale) {

  static Decoder assemble(ChatGlm3Config config, Weights weights, PtNDManager manager) {
    PtNDArray epsilon = Scope.own(Tensors.scalar(manager, config.normEpsilon()));
    PtNDArray scale = Scope.own(Tensors.scalar(manager, 1 / Math.sqrt(config.shape().headDim())));
    return new ChatGlm3Decoder(config, weights, manager, epsilon, scale).stack();
  }

  private Decoder stack() {
    ModelShape shape = config.shape();
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < shape.layers(); i++) {
      blocks.add(block(i, ChatGlm3Names.layer(i)));
    }
    Embedding embedding = weights.embedding(ChatGlm3Names.EMBEDDING);
    return new DecoderStack(
        shape,
        manager,
        embedding,
        new Rotary(shape.headDim() / 2, Rotary.Pairing.NEIGHBOURS, config.rope()),
        blocks,
        norm(ChatGlm3Names.NORM),
        weights.head(ChatGlm3Names.HEAD, embedding));
  }

  private Block block(int index, String layer) {
    Linear fused = weights.linear(layer + "self_attention.query_key_value");
    QueryKeyValue projections =
        config.grouped()
            ? new QueryKeyValue.Fused(config.shape(), fused)
            : new QueryKeyValue.FusedByHead(config.shape(), fused);
    return new PreNormBlock(
        norm(layer + "input_layernorm"),
        new SelfAttention(
            index, scale, projections, weights.linear(layer + "self_attention.dense")),
        norm(layer + "post_attention_layernorm"),
        new GatedMlp.Fused(
            Activation.SILU,
            weights.linear(layer + "mlp.dense_h_to_4h"),
            weights.linear(layer + "mlp.dense_4h_to_h")),
        config.residualAfterNorm());
  }

  private RmsNorm norm(String module) {
    return RmsNorm.of(weights, module, epsilon);
  }
}
