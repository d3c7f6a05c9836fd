package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.Tensors;

/**
 * The table of token embeddings, which adapters may target.
 *
 * @param module dotted name of the module in transformers
 * @param weight [vocab, hidden], fp32 or bf16
 */
public record Embedding(String module, PtNDArray weight) {
  /** Name of the table among {@link Weights}. */
  public String weightName() {
    return module + ".weight";
  }

  /** The rows of {@code batch} [rows, hidden]: token embeddings, and the prompts of adapters. */
  public PtNDArray rows(Batch batch, PtNDManager manager) {
    PtNDArray ids = Tensors.ofIndices(manager, batch.tokens()); // [rows]
    PtNDArray rows = Tensors.widened(JniUtils.embedding(ids, weight, false));
    return batch.withPrompts(batch.rows().embedded(this, ids, rows));
  }
}
