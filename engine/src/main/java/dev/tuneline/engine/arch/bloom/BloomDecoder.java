package dev.tuneline.engine.arch.bloom;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.arch.block.Activation;
import dev.tuneline.engine.arch.block.AlibiSlopes;
import dev.tuneline.engine.arch.block.Block;
import dev.tuneline.engine.arch.block.DecoderStack;
import dev.tuneline.engine.arch.block.LayerNorm;
import dev.tuneline.engine.arch.block.NormedEntry;
import dev.tuneline.engine.arch.block.PlainMlp;
import dev.tuneline.engine.arch.block.PreNormBlock;
import dev.tuneline.engine.arch.block.QueryKeyValue;
import dev.tuneline.engine.arch.block.SelfAttention;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;

/** Assembles the BLOOM forward pass. */
record BloomDecoder(BloomConfig config, Weights weights, PtNDManager manager, PtNDArray scale) {
  static Decoder assemble(BloomConfig config, Weights weights, PtNDManager manager) {
    double scale = 1 / Math.sqrt(config.shape().headDim());
    return new BloomDecoder(config, weights, manager, Scope.own(Tensors.scalar(manager, scale)))
        .stack();
  }

  private Decoder stack() {
    Embedding embedding = weights.embedding(BloomNames.EMBEDDING);
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < config.shape().layers(); i++) {
      blocks.add(block(i, BloomNames.layer(i)));
    }
    return new DecoderStack(
        config.shape(),
        manager,
        embedding,
        new NormedEntry(norm(BloomNames.EMBEDDING_NORM)),
        null,
        AlibiSlopes.of(config.shape().heads()),
        blocks,
        norm(BloomNames.NORM),
        weights.head(BloomNames.HEAD, embedding));
  }

  private Block block(int index, String layer) {
    QueryKeyValue projections =
        new QueryKeyValue.FusedByHead(
            config.shape(), weights.linear(layer + "self_attention.query_key_value"));
    return new PreNormBlock(
        norm(layer + "input_layernorm"),
        new SelfAttention(
            index, scale, projections, weights.linear(layer + "self_attention.dense")),
        norm(layer + "post_attention_layernorm"),
        new PlainMlp(
            Activation.GELU_TANH,
            weights.linear(layer + "mlp.dense_h_to_4h"),
            weights.linear(layer + "mlp.dense_4h_to_h")),
        config.residualAfterNorm());
  }

  private LayerNorm norm(String module) {
    return LayerNorm.of(weights, module, config.normEpsilon());
  }
}
