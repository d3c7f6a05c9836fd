package dev.tuneline.engine.training;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.LowRank;
import dev.tuneline.engine.arch.Norm;
import dev.tuneline.engine.arch.Prefix;
import dev.tuneline.engine.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An adaptation whose prefix is cut from what it was computed from, so that each layer's backward
 * may run alone; {@link #backward} then goes through that computation once, for all layers.
 */
final class CutPrefix implements Adaptation {
  private final Adaptation whole;
  private final List<PtNDArray> sources = new ArrayList<>();
  private final List<PtNDArray> cuts = new ArrayList<>();
  private final Prefix prefix;

  private CutPrefix(Adaptation whole, Prefix source) {
    this.whole = whole;
    this.prefix = new Prefix(source.length(), cut(source.keys()), cut(source.values()));
  }

  /** {@code adaptation} with its prefix cut; null when it has none. */
  static @Nullable CutPrefix of(@Nullable Adaptation adaptation) {
    @Nullable Prefix source = adaptation == null ? null : adaptation.prefix();
    return adaptation == null || source == null ? null : new CutPrefix(adaptation, source);
  }

  private List<PtNDArray> cut(List<PtNDArray> layers) {
    List<PtNDArray> own = new ArrayList<>();
    for (PtNDArray layer : layers) {
      PtNDArray leaf = JniUtils.detachGradient(layer);
      leaf.setRequiresGradient(true);
      sources.add(layer);
      cuts.add(leaf);
      own.add(leaf);
    }
    return own;
  }

  /** Passes the gradients of keys and values on to what they were computed from. */
  void backward() {
    PtNDArray total = Tensors.scalar(sources.getFirst().getManager(), 0);
    for (int i = 0; i < cuts.size(); i++) {
      PtNDArray gradient = JniUtils.getGradient(cuts.get(i));
      total = JniUtils.add(total, JniUtils.sum(JniUtils.mul(sources.get(i), gradient)));
    }
    JniUtils.backward(total, Tensors.scalar(sources.getFirst().getManager(), 1), false, false);
  }

  @Override
  public PtNDArray input(Linear module, PtNDArray x) {
    return whole.input(module, x);
  }

  @Override
  public PtNDArray output(Linear module, PtNDArray x, PtNDArray y) {
    return whole.output(module, x, y);
  }

  @Override
  public PtNDArray embedded(Embedding module, PtNDArray ids, PtNDArray y) {
    return whole.embedded(module, ids, y);
  }

  @Override
  public boolean adapts(Linear module) {
    return whole.adapts(module);
  }

  @Override
  public @Nullable LowRank lowRank(Linear module) {
    return whole.lowRank(module);
  }

  @Override
  public PtNDArray normalised(Norm module, PtNDArray x, PtNDArray y) {
    return whole.normalised(module, x, y);
  }

  @Override
  public boolean adapts(Norm module) {
    return whole.adapts(module);
  }

  @Override
  public Adaptation after(int rows) {
    return whole.after(rows);
  }

  @Override
  public @Nullable PtNDArray prompt() {
    return whole.prompt();
  }

  @Override
  public Prefix prefix() {
    return prefix;
  }
}
