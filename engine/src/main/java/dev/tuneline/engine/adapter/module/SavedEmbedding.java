package dev.tuneline.engine.adapter.module;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;

/** The table of embeddings as one of {@code modules_to_save}: trained whole, as a copy. */
final class SavedEmbedding implements AdaptedModule {
  private final Embedding base;
  private final PtNDArray table;

  SavedEmbedding(Embedding base, PtNDManager manager) {
    this.base = base;
    this.table = Scope.own(Tensors.zeros(manager, base.weight().getShape().getShape()));
  }

  @Override
  public String module() {
    return base.module();
  }

  @Override
  public SequencedMap<String, PtNDArray> parameters() {
    return new LinkedHashMap<>(Map.of("weight", table));
  }

  @Override
  public void initialise(SplittableRandom random) {
    Tensors.write(table, Tensors.floats(base.weight()));
  }

  @Override
  public PtNDArray embedded(PtNDArray ids, PtNDArray y) {
    return JniUtils.embedding(ids, table, false);
  }

  @Override
  public void merge(MergedWeights weights) {
    weights.table(base, table);
  }
}
