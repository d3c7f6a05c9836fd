package dev.tuneline.engine.adapter.lora;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.adapter.module.AdaptedModule;
import dev.tuneline.engine.adapter.module.Initial;
import dev.tuneline.engine.adapter.module.MergedWeights;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The table of embeddings, transposed [hidden, vocab], with a low-rank matrix added.
 *
 * @param magnitude with DoRA, the lengths of the transposed table's rows; null without
 */
record LoraEmbedding(
    Embedding base, Factors factors, LoraConfig.Init init, @Nullable Magnitude magnitude)
    implements AdaptedModule {
  @Override
  public String module() {
    return base.module();
  }

  @Override
  public SequencedMap<String, PtNDArray> parameters() {
    SequencedMap<String, PtNDArray> parameters = new LinkedHashMap<>();
    parameters.put("lora_embedding_A", factors.a()); // [rank, vocab]
    parameters.put("lora_embedding_B", factors.b()); // [hidden, rank]
    if (magnitude != null) {
      parameters.put(Magnitude.NAME, magnitude.vector());
    }
    return parameters;
  }

  /** Unlike over a projection, A is zero and B is not. */
  @Override
  public void initialise(SplittableRandom random) {
    Initial.normal(factors.b(), 1, random);
    if (init == LoraConfig.Init.NOT_ZERO) {
      Initial.normal(factors.a(), 1, random);
    }
    if (magnitude != null) {
      magnitude.initialise(sum());
    }
  }

  @Override
  public void freeze() {
    if (magnitude != null) {
      magnitude.freeze(sum());
    }
  }

  @Override
  public OptionalDouble scaling() {
    return OptionalDouble.of(factors.scaling());
  }

  @Override
  public PtNDArray embedded(PtNDArray ids, PtNDArray y) {
    PtNDArray columns = JniUtils.transpose(factors.a(), 0, 1); // [vocab, rank]
    PtNDArray low = JniUtils.mul(JniUtils.embedding(ids, columns, false), factors.factor());
    PtNDArray sum = JniUtils.linear(low, factors.b(), y);
    return magnitude == null ? sum : JniUtils.mul(sum, magnitude.factors(transposed(), factors));
  }

  @Override
  public void merge(MergedWeights weights) {
    PtNDArray sum = sum();
    if (magnitude != null) {
      sum = JniUtils.mul(sum, JniUtils.unsqueeze(magnitude.factors(transposed(), factors), 1));
    }
    weights.table(base, JniUtils.transpose(sum, 0, 1));
  }

  private PtNDArray transposed() {
    return JniUtils.transpose(Tensors.widened(base.weight()), 0, 1);
  }

  private PtNDArray sum() {
    return factors.addTo(transposed());
  }
}
