package dev.tuneline.engine.generation;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.arch.KeyValueCache;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads prompts whose own log-probabilities are wanted, piece by piece. */
final class PromptReader {
  /** The most logits in memory at once, 64 MB: a vocabulary is long, and so may be a prompt. */
  private static final int MAX_LOGITS = 1 << 24;

  private final BaseModel base;
  private final int rows;

  PromptReader(BaseModel base) {
    this.base = base;
    this.rows = Math.clamp(MAX_LOGITS / base.shape().vocab(), 1, 512);
  }

  /** Reads all of {@code prompt} into {@code cache}, which is empty. */
  void read(Prompt prompt, KeyValueCache cache) {
    int[] ids = prompt.ids().stream().mapToInt(Integer::intValue).toArray();
    List<TokenLogProb> logProbs = new ArrayList<>();
    float[] after = new float[0];
    for (int from = 0; from < ids.length; from += rows) {
      int to = Math.min(ids.length, from + rows);
      after = read(prompt, cache, ids, from, to, logProbs);
    }
    prompt.read(cache, after, logProbs);
  }

  /** Adds the log-probabilities of the tokens after each; returns the logits after the last. */
  private float[] read(
      Prompt prompt,
      KeyValueCache cache,
      int[] ids,
      int from,
      int to,
      List<TokenLogProb> logProbs) {
    Batch.Builder batch =
        Batch.builder().sequence(Arrays.copyOfRange(ids, from, to), cache, prompt.adaptation());
    for (int i = 0; i < to - from; i++) {
      batch.logitsAfter(i);
    }
    int vocab = base.shape().vocab();
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      PtNDArray logits = base.decoder().forward(batch.build()); // [to - from, vocab]
      float[] all = Tensors.floats(JniUtils.logSoftmax(logits, -1, DataType.FLOAT32));
      for (int i = from; i < Math.min(to, ids.length - 1); i++) {
        float[] row = Arrays.copyOfRange(all, (i - from) * vocab, (i - from + 1) * vocab);
        logProbs.add(LogProbs.of(row).of(ids[i + 1], prompt.topLogProbs()));
      }
      return Tensors.floats(JniUtils.slice(logits, 0, to - from - 1, to - from, 1));
    }
  }
}
