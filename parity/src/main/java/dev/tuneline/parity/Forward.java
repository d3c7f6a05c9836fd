package dev.tuneline.parity;

import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Logits of a model, bare or with an adapter. */
record Forward(BaseModel base, @Nullable Adaptation adaptation) {
  /** [tokens][vocab] after each token of one sequence. */
  float[][] all(int[] ids) {
    Batch.Builder batch = Batch.builder().sequence(ids, null, adaptation);
    for (int i = 0; i < ids.length; i++) {
      batch.logitsAfter(i);
    }
    return rows(batch.build());
  }

  /** [vocab] after the last token. */
  float[] last(int[] ids) {
    return last(List.of(ids))[0];
  }

  /** [sequences][vocab] after the last token of each, all in one batch. */
  float[][] last(List<int[]> sequences) {
    Batch.Builder batch = Batch.builder();
    for (int[] ids : sequences) {
      batch.sequence(ids, null, adaptation).logitsAfter(ids.length - 1);
    }
    return rows(batch.build());
  }

  private float[][] rows(Batch batch) {
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      float[] flat = Tensors.floats(base.decoder().forward(batch));
      int vocab = base.shape().vocab();
      float[][] rows = new float[flat.length / vocab][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Arrays.copyOfRange(flat, i * vocab, (i + 1) * vocab);
      }
      return rows;
    }
  }

  /** The id of the largest logit, the first of equals. */
  static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }
}
