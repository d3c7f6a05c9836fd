package dev.tuneline.engine.generation;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Measures how likely given completions are. One platform thread per call. */
public final class Scorer {
  private final BaseModel base;

  public Scorer(BaseModel base) {
    this.base = base;
  }

  /**
   * A completion to score after its prompt, both at least one token.
   *
   * @param adaptation the adapter to run with, null for the base model
   */
  public record Completion(
      List<Integer> prompt, List<Integer> completion, @Nullable Adaptation adaptation) {
    public Completion {
      prompt = List.copyOf(prompt);
      completion = List.copyOf(completion);
      if (prompt.isEmpty() || completion.isEmpty()) {
        throw Problem.caller("MALFORMED_REQUEST", "prompt and completion must hold a token")
            .at(Problem.FIELD, prompt.isEmpty() ? "prompt" : "completion");
      }
    }
  }

  /**
   * A completion's score.
   *
   * @param logProbs natural log of each completion token's probability
   */
  public record Score(List<Double> logProbs) {
    public Score {
      logProbs = List.copyOf(logProbs);
    }

    /** Log-probability of the whole completion. */
    public double sum() {
      return logProbs.stream().mapToDouble(Double::doubleValue).sum();
    }

    public int tokens() {
      return logProbs.size();
    }

    /** Mean cross-entropy per token. */
    public double loss() {
      return -sum() / tokens();
    }
  }

  /** Scores {@code completions} in one forward, in their order; the caller bounds their number. */
  public List<Score> score(List<Completion> completions) {
    if (completions.isEmpty()) {
      return List.of();
    }
    Batch.Builder batch = Batch.builder();
    List<Integer> targets = new ArrayList<>();
    for (Completion completion : completions) {
      int[] ids = inputs(completion);
      batch.sequence(ids, null, completion.adaptation());
      for (int i = completion.prompt().size() - 1; i < ids.length - 1; i++) {
        batch.logitsAfter(i);
      }
      targets.addAll(completion.completion());
    }
    float[] logProbs = chosen(batch.build(), targets);
    List<Score> scores = new ArrayList<>();
    int at = 0;
    for (Completion completion : completions) {
      List<Double> own = new ArrayList<>();
      for (int i = 0; i < completion.completion().size(); i++) {
        own.add((double) logProbs[at++]);
      }
      scores.add(new Score(own));
    }
    return scores;
  }

  /** All tokens: rotary frequencies may depend on how many there are, so the last one counts. */
  private int[] inputs(Completion completion) {
    List<Integer> all = new ArrayList<>(completion.prompt());
    all.addAll(completion.completion());
    for (int id : all) {
      if (id < 0 || id >= base.shape().vocab()) {
        throw Problem.caller(
                "MALFORMED_REQUEST", "token %d is outside the vocabulary".formatted(id))
            .at(Problem.FIELD, "completion");
      }
    }
    int context = base.shape().room(completion.adaptation());
    if (all.size() > context) {
      throw Problem.caller(
              "PROMPT_TOO_LONG",
              "prompt and completion have %d tokens, the model's context is %d"
                  .formatted(all.size(), context))
          .at(Problem.FIELD, "prompt");
    }
    return all.stream().mapToInt(Integer::intValue).toArray();
  }

  private float[] chosen(Batch batch, List<Integer> targets) {
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      PtNDArray logits = base.decoder().forward(batch); // [targets, vocab]
      PtNDArray logProbs = JniUtils.logSoftmax(logits, -1, DataType.FLOAT32);
      int[] ids = targets.stream().mapToInt(Integer::intValue).toArray();
      PtNDArray index = JniUtils.unsqueeze(Tensors.ofIndices(base.manager(), ids), 1);
      return Tensors.floats(JniUtils.gather(logProbs, index, 1));
    }
  }
}
