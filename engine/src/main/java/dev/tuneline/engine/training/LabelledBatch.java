package dev.tuneline.engine.training;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Examples as one padding-free batch, with the target of each row whose logits are asked for.
 *
 * <p>What follows an example's last label influences no loss and is left out.
 *
 * @param tokens rows of the forward
 */
record LabelledBatch(Batch batch, List<Integer> targets, int tokens) {

  static LabelledBatch of(List<TrainingExample> examples, @Nullable Adaptation adaptation) {
    Batch.Builder batch = Batch.builder();
    List<Integer> targets = new ArrayList<>();
    for (TrainingExample example : examples) {
      int[] labels = example.labels();
      int last = labels.length - 1;
      while (last > 0 && labels[last] == TrainingExample.IGNORED) {
        last--;
      }
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
    Batch built = batch.build();
    return new LabelledBatch(built, List.copyOf(targets), built.size());
  }

  /**
   * The sum of cross-entropies over all targets, without dimensions; records for backward when
   * gradient mode is on.
   */
  PtNDArray lossSum(BaseModel base) {
    try (Scope scope = new Scope()) {
      return scope.keep(lossSum(base.decoder().forward(batch)));
    }
  }

  /** The same of logits [targets, vocab]. */
  PtNDArray lossSum(PtNDArray logits) {
    PtNDManager manager = logits.getManager();
    try (Scope scope = new Scope()) {
      PtNDArray logProbabilities = JniUtils.logSoftmax(logits, -1, DataType.FLOAT32);
      PtNDArray index =
          JniUtils.unsqueeze(
              Tensors.ofIndices(manager, targets.stream().mapToInt(Integer::intValue).toArray()),
              1);
      PtNDArray chosen = JniUtils.gather(logProbabilities, index, 1); // [targets, 1]
      return scope.keep(JniUtils.neg(JniUtils.sum(chosen)));
    }
  }
}
