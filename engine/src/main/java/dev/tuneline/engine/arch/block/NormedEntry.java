package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.arch.Norm;
import java.util.List;

/** Normalises the embeddings. */
public record NormedEntry(Norm norm) implements DecoderStack.Entry {
  @Override
  public PtNDArray apply(PtNDArray embeddings, Batch batch) {
    return norm.apply(embeddings, batch.rows());
  }

  @Override
  public List<Norm> norms() {
    return List.of(norm);
  }
}
