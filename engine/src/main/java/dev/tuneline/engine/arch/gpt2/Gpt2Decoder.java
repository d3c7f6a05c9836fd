package dev.tuneline.engine.arch.gpt2;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.arch.block.Block;
import dev.tuneline.engine.arch.block.DecoderStack;
import dev.tuneline.engine.arch.block.LayerNorm;
import dev.tuneline.engine.arch.block.LearnedPositions;
import dev.tuneline.engine.arch.block.PlainMlp;
import dev.tuneline.engine.arch.block.PreNormBlock;
import dev.tuneline.engine.arch.block.QueryKeyValue;
import dev.tuneline.engine.arch.block.SelfAttention;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;

/** Assembles the GPT-2 forward pass. */
record Gpt2Decoder(Gpt2Config config, Weights weights, PtNDManager manager) {
  static Decoder assemble(Gpt2Config config, Weights weights, PtNDManager manager) {
    return new Gpt2Decoder(config, weights, manager).stack();
  }

  private Decoder stack() {
    Embedding embedding = weights.embedding(Gpt2Names.EMBEDDING);
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < config.shape().layers(); i++) {
      blocks.add(block(i, Gpt2Names.layer(i)));
    }
    return new DecoderStack(
        config.shape(),
        manager,
        embedding,
        new LearnedPositions(weights.get(Gpt2Names.POSITIONS + ".weight"), manager),
        null,
        null,
        blocks,
        norm(Gpt2Names.NORM),
        weights.head(Gpt2Names.HEAD, embedding));
  }

  private Block block(int index, String layer) {
    PtNDArray scale = Scope.own(Tensors.scalar(manager, config.scoreScale(index)));
    QueryKeyValue projections =
        new QueryKeyValue.Fused(config.shape(), weights.conv1d(layer + "attn.c_attn"));
    return new PreNormBlock(
        norm(layer + "ln_1"),
        new SelfAttention(index, scale, projections, weights.conv1d(layer + "attn.c_proj")),
        norm(layer + "ln_2"),
        new PlainMlp(
            config.activation(),
            weights.conv1d(layer + "mlp.c_fc"),
            weights.conv1d(layer + "mlp.c_proj")));
  }

  private LayerNorm norm(String module) {
    return LayerNorm.of(weights, module, config.normEpsilon());
  }
}
