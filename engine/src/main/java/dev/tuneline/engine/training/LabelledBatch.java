package dev.tuneline.engine.training;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.arch.TokenScore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Examples as one padding-free batch, with the target of each row whose logits are asked for.
 *
 * <p>What follows an example's last label influences no loss and is left out, though it counts in
 * the {@link RotarySpan}.
 *
 * @param tokens rows of the forward
 */
record LabelledBatch(Batch batch, List<Integer> targets, int tokens) {

  static LabelledBatch of(
      List<TrainingExample> examples, @Nullable Adaptation adaptation, RotarySpan span) {
    Batch.Builder batch = Batch.builder();
    List<Integer> targets = new ArrayList<>();
    for (TrainingExample example : examples) {
      int[] labels = example.labels();
      int last = example.neededTokens();
      if (last == 0) {
        continue;
      }
      batch.sequence(Arrays.copyOf(example.ids(), last), null, adaptation);
      for (int i = 1; i <= last; i++) {
        if (labels[i] != TrainingExample.IGNORED) {
          batch.logitsAfter(i - 1);
          targets.add(labels[i]);
        }
      }
    }
    int longest = examples.stream().mapToInt(TrainingExample::length).max().orElseThrow();
    int virtual = adaptation == null ? 0 : adaptation.virtualTokens();
    Batch built = batch.spanning(span.next(virtual + longest)).build();
    return new LabelledBatch(built, List.copyOf(targets), built.size());
  }

  /** See {@link dev.tuneline.engine.arch.Decoder#score}. */
  TokenScore score(BaseModel base) {
    return base.decoder().score(batch, ids());
  }

  /** See {@link dev.tuneline.engine.arch.Decoder#backward}. */
  PtNDArray backward(BaseModel base, PtNDArray gradient, boolean recomputed) {
    return base.decoder().backward(batch, ids(), gradient, recomputed);
  }

  private int[] ids() {
    return targets.stream().mapToInt(Integer::intValue).toArray();
  }
}
