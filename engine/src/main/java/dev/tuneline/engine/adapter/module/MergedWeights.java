package dev.tuneline.engine.adapter.module;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.adapter.ModelFolder;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.Norm;
import dev.tuneline.engine.tensor.Tensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Weights of a base model with an adapter's changes put in.
 *
 * <p>Where the head shares the table of embeddings and one of the two changes, they part: the other
 * keeps what it was.
 */
public final class MergedWeights {
  private final BaseModel base;
  private final Map<String, PtNDArray> replaced = new LinkedHashMap<>();

  MergedWeights(BaseModel base) {
    this.base = base;
  }

  /** Replaces a projection's weight by {@code dense} [out, in]. */
  public void weight(Linear linear, PtNDArray dense) {
    String own = linear.module() + ".weight";
    boolean shared = !linear.weightName().equals(own);
    replaced.put(own, shared ? dense : linear.matrix().stored(dense));
  }

  /** Replaces a projection's bias [out]. */
  public void bias(Linear linear, PtNDArray bias) {
    replaced.put(linear.module() + ".bias", bias);
  }

  /** Replaces a norm's {@code weight} or {@code bias} [width]. */
  public void norm(Norm norm, String name, PtNDArray values) {
    replaced.put(norm.module() + "." + name, values);
  }

  /** Replaces the table of embeddings [vocab, hidden]. */
  public void table(Embedding embedding, PtNDArray table) {
    replaced.put(embedding.weightName(), table);
    Linear head = base.decoder().linears().lastEntry().getValue();
    if (head.isHead() && head.weightName().equals(embedding.weightName())) {
      replaced.putIfAbsent(head.module() + ".weight", Tensors.widened(embedding.weight()));
    }
  }

  void write(Path folder) {
    ModelFolder.write(base, replaced, folder);
  }
}
