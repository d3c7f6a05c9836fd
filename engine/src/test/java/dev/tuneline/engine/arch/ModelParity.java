package dev.tuneline.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.generation.GenerationRequest;
import dev.tuneline.engine.generation.Generator;
import dev.tuneline.engine.generation.Scorer;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.Validation;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Compares a loaded model with the figures of one expected.json. */
record ModelParity(BaseModel model, JsonNode expected) {
  static final float LOGITS = 2e-4f;

  void logitsOfEveryPrompt() {
    for (JsonNode prompt : expected.path("prompts")) {
      int[] ids = Fixtures.ints(prompt.path("input_ids"));
      float[][] logits = allLogits(model, ids);
      assertThat(logits[ids.length - 1])
          .containsExactly(Fixtures.floats(prompt.path("logits_last")), within(LOGITS));
      assertThat(prompt.path("logits_first16").size()).isEqualTo(3);
      for (JsonNode place : prompt.path("logits_first16")) {
        assertThat(Arrays.copyOf(logits[place.path("position").intValue()], 16))
            .containsExactly(Fixtures.floats(place.path("values")), within(LOGITS));
      }
      assertThat(Arrays.stream(logits).mapToInt(ModelParity::argmax).toArray())
          .containsExactly(Fixtures.ints(prompt.path("argmax_per_position")));
    }
  }

  void greedyTokens() {
    List<GenerationRequest> requests =
        expected
            .path("prompts")
            .valueStream()
            .map(
                p ->
                    GenerationRequest.greedy(
                        Fixtures.ints(p.path("input_ids")), null, 16, Set.of()))
            .toList();
    List<int[]> together = new Generator(model).generate(requests);
    for (int i = 0; i < requests.size(); i++) {
      assertThat(together.get(i))
          .containsExactly(Fixtures.ints(expected.path("prompts").get(i).path("greedy_16")));
    }
  }

  void completionScores() {
    List<Scorer.Completion> completions =
        expected
            .path("prompts")
            .valueStream()
            .map(
                p ->
                    new Scorer.Completion(
                        list(p.path("input_ids")), list(p.path("completion_ids")), null))
            .toList();
    List<Scorer.Score> scores = new Scorer(model).score(completions);
    for (int i = 0; i < scores.size(); i++) {
      JsonNode prompt = expected.path("prompts").get(i);
      float[] logProbs = Fixtures.floats(prompt.path("completion_logprobs"));
      assertThat(scores.get(i).tokens()).isEqualTo(logProbs.length);
      for (int t = 0; t < logProbs.length; t++) {
        assertThat(scores.get(i).logProbs().get(t))
            .isEqualTo((double) logProbs[t], within((double) LOGITS));
      }
      assertThat(scores.get(i).loss()).isEqualTo(prompt.path("loss").doubleValue(), within(1e-4));
    }
  }

  /** Their real tokens, one after the other. */
  void leftPaddedBatch() {
    JsonNode padded = expected.path("left_padded_batch");
    Batch.Builder batch = Batch.builder();
    for (int i = 0; i < padded.path("input_ids").size(); i++) {
      int[] ids = realTokens(padded.path("input_ids").get(i), padded.path("attention_mask").get(i));
      batch.sequence(ids, null, null).logitsAfter(ids.length - 1);
    }
    float[][] logits = logits(model, batch.build());
    for (int i = 0; i < logits.length; i++) {
      assertThat(Arrays.copyOf(logits[i], 16))
          .containsExactly(
              Fixtures.floats(padded.path("logits_last_first16").get(i)), within(LOGITS));
      assertThat(argmax(logits[i])).isEqualTo(padded.path("argmax_last").get(i).intValue());
    }
  }

  void lossOfTheTrainingBatch() {
    JsonNode batch = expected.path("right_padded_training_batch");
    List<TrainingExample> padded =
        IntStream.range(0, batch.path("input_ids").size())
            .mapToObj(
                i ->
                    new TrainingExample(
                        Fixtures.ints(batch.path("input_ids").get(i)),
                        Fixtures.ints(batch.path("labels").get(i))))
            .toList();
    Validation validation = Validation.of(model, null, padded, 8);
    assertThat(validation.labelTokens()).isEqualTo(batch.path("num_label_tokens").intValue());
    assertThat(validation.loss())
        .isEqualTo(batch.path("loss_token_mean").doubleValue(), within(1e-4));
  }

  /** A sequence in pieces over a cache gives the logits that it gives as a whole. */
  void cachedStepsEqualTheWhole() {
    int[] ids = Fixtures.ints(expected.path("prompts").get(0).path("input_ids"));
    float[][] whole = allLogits(model, ids);
    try (KeyValueCache cache = new KeyValueCache(model.shape(), 1)) {
      int at = 0;
      for (int length : new int[] {5, 1, 1, 7, 1, ids.length - 15}) {
        int[] chunk = Arrays.copyOfRange(ids, at, at + length);
        at += length;
        Batch batch = Batch.builder().sequence(chunk, cache, null).logitsAfter(length - 1).build();
        assertThat(logits(model, batch)[0]).containsExactly(whole[at - 1], within(2e-5f));
        assertThat(cache.length()).isEqualTo(at);
      }
    }
  }

  static float[][] allLogits(BaseModel model, int[] ids) {
    Batch.Builder batch = Batch.builder().sequence(ids, null, null);
    for (int i = 0; i < ids.length; i++) {
      batch.logitsAfter(i);
    }
    return logits(model, batch.build());
  }

  static float[][] logits(BaseModel model, Batch batch) {
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      float[] flat = Tensors.floats(model.decoder().forward(batch));
      int vocab = model.shape().vocab();
      float[][] rows = new float[flat.length / vocab][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Arrays.copyOfRange(flat, i * vocab, (i + 1) * vocab);
      }
      return rows;
    }
  }

  private static int[] realTokens(JsonNode ids, JsonNode mask) {
    return IntStream.range(0, ids.size())
        .filter(i -> mask.get(i).intValue() == 1)
        .map(i -> ids.get(i).intValue())
        .toArray();
  }

  private static List<Integer> list(JsonNode ids) {
    return Arrays.stream(Fixtures.ints(ids)).boxed().toList();
  }

  private static int argmax(float[] row) {
    int best = 0;
    for (int i = 1; i < row.length; i++) {
      if (row[i] > row[best]) {
        best = i;
      }
    }
    return best;
  }
}
