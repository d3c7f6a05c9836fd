package dev.tuneline.engine.arch.qwen2;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Attention;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.RmsNorm;
import dev.tuneline.engine.arch.Rotary;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** The Qwen2 forward pass. */
final class Qwen2Decoder implements Decoder {
  private final ModelShape shape;
  private final PtNDManager manager;
  private final PtNDArray embedding;
  private final List<Qwen2Layer> layers = new ArrayList<>();
  private final RmsNorm norm;
  private final PtNDArray head;
  private final Rotary rotary;
  private final SequencedMap<String, Linear> linears = new LinkedHashMap<>();

  Qwen2Decoder(Qwen2Config config, Weights weights, PtNDManager manager) {
    this.shape = config.shape();
    this.manager = manager;
    this.embedding = weights.get(Qwen2Names.EMBEDDING);
    this.rotary = new Rotary(shape.headDim(), config.rope().theta());
    PtNDArray epsilon = Scope.own(Tensors.scalar(manager, config.normEpsilon()));
    PtNDArray scale = Scope.own(Tensors.scalar(manager, 1 / Math.sqrt(shape.headDim())));
    for (int i = 0; i < shape.layers(); i++) {
      layers.add(layer(i, weights, epsilon, scale));
    }
    this.norm = new RmsNorm(weights.get(Qwen2Names.NORM), epsilon);
    this.head = config.tied() ? embedding : weights.get(Qwen2Names.HEAD + ".weight");
    layers.forEach(layer -> layer.linears().forEach(l -> linears.put(l.module(), l)));
  }

  private Qwen2Layer layer(int i, Weights weights, PtNDArray epsilon, PtNDArray scale) {
    return new Qwen2Layer(
        i,
        shape,
        scale,
        new RmsNorm(weights.get(Qwen2Names.layer(i, "input_layernorm.weight")), epsilon),
        biased(i, "self_attn.q_proj", weights),
        biased(i, "self_attn.k_proj", weights),
        biased(i, "self_attn.v_proj", weights),
        plain(i, "self_attn.o_proj", weights),
        new RmsNorm(weights.get(Qwen2Names.layer(i, "post_attention_layernorm.weight")), epsilon),
        plain(i, "mlp.gate_proj", weights),
        plain(i, "mlp.up_proj", weights),
        plain(i, "mlp.down_proj", weights));
  }

  private static Linear biased(int layer, String name, Weights weights) {
    String module = Qwen2Names.layer(layer, name);
    return new Linear(module, weights.get(module + ".weight"), weights.get(module + ".bias"));
  }

  private static Linear plain(int layer, String name, Weights weights) {
    String module = Qwen2Names.layer(layer, name);
    return new Linear(module, weights.get(module + ".weight"), null);
  }

  @Override
  public PtNDArray forward(Batch batch) {
    try (Scope scope = new Scope()) {
      PtNDArray ids = Tensors.ofIndices(manager, batch.tokens());
      Rotary.Angles angles = rotary.at(batch.positions(), manager);
      Attention attention = new Attention(shape, batch, manager);
      PtNDArray x = JniUtils.embedding(ids, embedding, false); // [T, hidden]
      for (Qwen2Layer layer : layers) {
        x = layer.forward(x, batch, angles, attention);
      }
      batch.advanceCaches();
      if (!batch.asksAllRows()) {
        x = JniUtils.embedding(Tensors.ofIndices(manager, batch.logitRows()), x, false);
      }
      return scope.keep(JniUtils.linear(norm.apply(x), head, null)); // [asked rows, vocab]
    }
  }

  @Override
  public SequencedMap<String, Linear> linears() {
    return Collections.unmodifiableSequencedMap(linears);
  }
}
