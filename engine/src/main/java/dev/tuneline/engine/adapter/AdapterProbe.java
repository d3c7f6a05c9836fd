package dev.tuneline.engine.adapter;

import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Shows whether a loaded adapter does anything at all. */
public final class AdapterProbe {
  private static final int TOKENS = 8;

  private AdapterProbe() {}

  /**
   * The largest difference between the logits with and without the adapter after a few fixed
   * tokens; 0 for an adapter that has no effect.
   */
  public static double effect(BaseModel base, Adaptation adapter) {
    int vocab = base.shape().vocab();
    int[] ids =
        IntStream.range(0, Math.min(TOKENS, base.shape().room(adapter)))
            .map(i -> (int) ((31L * i + 7) % vocab))
            .toArray();
    Batch batch =
        Batch.builder()
            .sequence(ids, null, null)
            .logitsAfter(ids.length - 1)
            .sequence(ids, null, adapter)
            .logitsAfter(ids.length - 1)
            .build();
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      float[] logits = Tensors.floats(base.decoder().forward(batch));
      float[] with = Arrays.copyOfRange(logits, vocab, 2 * vocab);
      return IntStream.range(0, vocab)
          .mapToDouble(i -> Math.abs((double) with[i] - logits[i]))
          .max()
          .orElse(0);
    }
  }
}
