package dev.tuneline.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeneratorTest {
  private static final JsonNode TIED = Fixtures.json("models/qwen2-tied/expected.json");

  @ParameterizedTest
  @ValueSource(strings = {"models/qwen2-tied", "models/qwen2-untied"})
  void greedyEqualsTransformers(String folder) {
    JsonNode expected = Fixtures.json(folder + "/expected.json");
    try (BaseModel base = BaseModel.load(Fixtures.path(folder))) {
      requireGreedy(expected, base, null);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen2-tied", "qwen2-untied"})
  void greedyWithAnAdapterEqualsPeft(String name) {
    JsonNode expected = Fixtures.json("adapters/" + name + "-lora/expected.json");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/" + name));
        Adapter adapter = Methods.load(Fixtures.path("adapters/" + name + "-lora"), base)) {
      requireGreedy(expected, base, adapter);
    }
  }

  private static void requireGreedy(
      JsonNode expected, BaseModel base, @Nullable Adaptation adaptation) {
    List<GenerationRequest> requests = new ArrayList<>();
    for (JsonNode prompt : expected.path("prompts")) {
      requests.add(
          GenerationRequest.greedy(
              Fixtures.ints(prompt.path("input_ids")), adaptation, 16, Set.of()));
    }
    List<int[]> together = new Generator(base).generate(requests);
    for (int i = 0; i < requests.size(); i++) {
      assertThat(together.get(i))
          .containsExactly(Fixtures.ints(expected.path("prompts").get(i).path("greedy_16")));
    }
  }

  @Test
  void stopsAtTheEndOfTheTurn() {
    JsonNode stop = TIED.path("stop_case");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      GenerationRequest request =
          GenerationRequest.greedy(
              prompt(0), null, 16, Set.of(stop.path("eos_token_id").intValue()));
      assertThat(new Generator(base).generate(List.of(request)).getFirst())
          .containsExactly(Fixtures.ints(stop.path("expected_new_ids_including_eos")));
    }
  }

  @Test
  void penalisesRepetitionAsTransformersDoes() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      GenerationRequest request =
          request(prompt(0), null, Sampling.GREEDY.with(Penalties.repetition(1.3)), 16);
      assertThat(new Generator(base).generate(List.of(request)).getFirst())
          .containsExactly(
              Fixtures.ints(TIED.path("greedy_repetition_penalty_1.3").path("new_ids")));
    }
  }

  @Test
  void filtersCandidatesAsTransformersDoes() {
    JsonNode fixture = TIED.path("sampling_distributions");
    float[] logits =
        Fixtures.floats(
            TIED.path("prompts").get(fixture.path("prompt").intValue()).path("logits_last"));
    assertThat(fixture.path("cases").size()).isEqualTo(4);
    for (JsonNode expected : fixture.path("cases")) {
      Sampling sampling =
          Sampling.at(expected.path("temperature").doubleValue(), 0)
              .among(expected.path("top_k").asInt(0), expected.path("top_p").asDouble(1), 0);
      Map<Integer, Double> kept = SamplingDistribution.of(logits, sampling);
      int[] ids = Fixtures.ints(expected.path("kept_ids"));
      assertThat(kept).containsOnlyKeys(Arrays.stream(ids).boxed().toList());
      for (int k = 0; k < ids.length; k++) {
        assertThat(kept.get(ids[k]))
            .isEqualTo(expected.path("probs").get(k).doubleValue(), within(1e-5));
      }
    }
  }

  @Test
  void batchMatesChangeNothing() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Adapter adapter = Methods.load(Fixtures.path("adapters/qwen2-tied-lora"), base)) {
      List<GenerationRequest> requests = new ArrayList<>();
      for (int i = 0; i < 18; i++) {
        Sampling sampling =
            switch (i % 3) {
              case 0 -> Sampling.GREEDY;
              case 1 -> Sampling.at(1.3, i);
              default ->
                  Sampling.at(0.9, i).among(40, 0.95, 0.01).with(new Penalties(1.1, 0.2, 0.1));
            };
        requests.add(request(prompt(i % 4 % 3), i % 2 == 0 ? adapter : null, sampling, 8 + i));
      }
      Prompt shared = Prompt.of(prompt(1), adapter);
      for (int i = 0; i < 4; i++) {
        requests.add(request(shared, Sampling.at(1, 40 + i), 11));
      }
      Generator generator = new Generator(base);
      List<int[]> together = generator.generate(requests);
      for (int i = 0; i < requests.size(); i++) {
        assertThat(generator.generate(List.of(requests.get(i))).getFirst())
            .as("request %d", i)
            .hasSize(requests.get(i).maxNewTokens())
            .containsExactly(together.get(i));
      }
    }
  }

  @Test
  void sequencesOfOnePromptBeginWhereItsReadingEnded() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      Generator generator = new Generator(base);
      Prompt shared = Prompt.of(prompt(0), null);
      List<Sequence> sequences = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        sequences.add(generator.start(request(shared, Sampling.at(1, i), 9), null));
      }
      // One begins, goes on and is joined by the second; both end before the third begins.
      generator.step(sequences.subList(0, 1));
      generator.step(sequences.subList(0, 1));
      assertThat(generator.step(sequences.subList(0, 2))).hasSize(2);
      finish(generator, sequences.subList(0, 2));
      sequences.subList(0, 2).forEach(Sequence::close);
      finish(generator, sequences);
      sequences.forEach(Sequence::close);
      for (int i = 0; i < 3; i++) {
        assertThat(sequences.get(i).ids())
            .containsExactly(
                generator
                    .generate(List.of(request(prompt(0), null, Sampling.at(1, i), 9)))
                    .getFirst());
      }
    }
  }

  @Test
  void reportsLogProbabilitiesOfTheModel() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      Sampling sampling =
          Sampling.at(0.5, 7).with(Penalties.repetition(1.2)).withLogitBias(Map.of(300, 5f));
      GenerationRequest request =
          new GenerationRequest(Prompt.of(prompt(0), null), sampling, 5, Set.of(), List.of(), 3);
      Generator generator = new Generator(base);
      try (Sequence sequence = generator.start(request, null)) {
        finish(generator, List.of(sequence));
        Scorer.Score score =
            new Scorer(base)
                .score(List.of(new Scorer.Completion(list(prompt(0)), list(sequence.ids()), null)))
                .getFirst();
        for (int i = 0; i < 5; i++) {
          TokenLogProb token = Objects.requireNonNull(sequence.tokens().get(i).logProb());
          assertThat(token.id()).isEqualTo(sequence.ids()[i]);
          assertThat(token.logProb()).isEqualTo(score.logProbs().get(i), within(1e-4));
          assertThat(token.alternatives()).hasSize(3);
          assertThat(token.alternatives().getFirst().logProb())
              .isGreaterThanOrEqualTo(token.logProb());
        }
      }
    }
  }

  @Test
  void reportsLogProbabilitiesOfThePromptAsTransformersDoes() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      Generator generator = new Generator(base);
      for (JsonNode expected : TIED.path("prompts")) {
        int[] completion = Fixtures.ints(expected.path("completion_ids"));
        List<Integer> ids = new ArrayList<>(list(Fixtures.ints(expected.path("input_ids"))));
        int before = ids.size();
        ids.addAll(list(completion));
        for (int tokens : new int[] {0, 3}) {
          Prompt prompt = new Prompt(ids, null, 2);
          GenerationRequest request =
              new GenerationRequest(prompt, Sampling.GREEDY, tokens, Set.of(), List.of(), 0);
          try (Sequence sequence = generator.start(request, null)) {
            finish(generator, List.of(sequence));
            assertThat(sequence.finishReason()).isEqualTo(FinishReason.LENGTH);
            assertThat(sequence.ids())
                .containsExactly(
                    generator
                        .generate(List.of(request(toInts(ids), null, Sampling.GREEDY, tokens)))
                        .getFirst());
          }
          assertThat(prompt.logProbs()).hasSize(ids.size() - 1);
          for (int i = 0; i < completion.length; i++) {
            TokenLogProb token = prompt.logProbs().get(before - 1 + i);
            assertThat(token.id()).isEqualTo(completion[i]);
            assertThat(token.logProb())
                .isEqualTo(expected.path("completion_logprobs").get(i).doubleValue(), within(2e-4));
            assertThat(token.alternatives()).hasSize(2);
          }
        }
      }
    }
  }

  @Test
  void aTokenOutsideTheVocabularyIsRefused() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      Generator generator = new Generator(base);
      int vocab = base.shape().vocab();
      refuse(generator, request(new int[] {vocab}, null, Sampling.GREEDY, 1), "prompt");
      refuse(
          generator,
          request(prompt(0), null, Sampling.GREEDY.withLogitBias(Map.of(vocab, 1f)), 1),
          "logit_bias");
    }
  }

  private static void refuse(Generator generator, GenerationRequest request, String field) {
    assertThatThrownBy(() -> generator.start(request, null))
        .isInstanceOfSatisfying(
            Problem.class, p -> assertThat(p.details()).containsEntry(Problem.FIELD, field));
  }

  private static void finish(Generator generator, List<Sequence> sequences) {
    while (sequences.stream().anyMatch(s -> s.finishReason() == null)) {
      generator.step(sequences);
    }
  }

  @Test
  void stopStringsReachAcrossTokens() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tokenizer tokenizer = Tokenizer.load(Fixtures.path("models/qwen2-tied"))) {
      Generator generator = new Generator(base);
      String whole = text(generator, tokenizer, List.of());
      assertThat(whole.length()).isGreaterThan(8);
      String stop = whole.substring(4, 7);
      assertThat(text(generator, tokenizer, List.of(stop, "never there")))
          .isEqualTo(whole.substring(0, whole.indexOf(stop)));
    }
  }

  private static String text(Generator generator, Tokenizer tokenizer, List<String> stops) {
    GenerationRequest request =
        new GenerationRequest(Prompt.of(prompt(0), null), Sampling.GREEDY, 16, Set.of(), stops, -1);
    StringBuilder streamed = new StringBuilder();
    try (Sequence sequence = generator.start(request, tokenizer.streamDecoder())) {
      while (sequence.finishReason() == null) {
        streamed.append(
            Objects.requireNonNull(generator.step(List.of(sequence)).get(sequence)).text());
      }
      assertThat(streamed.toString()).isEqualTo(sequence.text());
      assertThat(sequence.finishReason())
          .isEqualTo(stops.isEmpty() ? FinishReason.LENGTH : FinishReason.STOP_STRING);
      return sequence.text();
    }
  }

  @Test
  void cancelledSequencesAreSteppedNoMore() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      Generator generator = new Generator(base);
      try (Sequence going = generator.start(request(prompt(0), null, Sampling.GREEDY, 9), null);
          Sequence given = generator.start(request(prompt(1), null, Sampling.GREEDY, 9), null)) {
        List<Sequence> both = List.of(going, given);
        assertThat(generator.step(both)).hasSize(2);
        given.cancel();
        assertThat(generator.step(both)).containsOnlyKeys(going);
        assertThat(given.finishReason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(given.tokens()).hasSize(1);
      }
    }
  }

  @Test
  void endsAtTheModelsContext() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      int context = base.shape().maxPositions();
      int[] prompt = new int[context - 3];
      Arrays.fill(prompt, 42);
      Generator generator = new Generator(base);
      try (Sequence sequence = generator.start(request(prompt, null, Sampling.GREEDY, 100), null)) {
        while (sequence.finishReason() == null) {
          generator.step(List.of(sequence));
        }
        assertThat(sequence.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(sequence.tokens()).hasSize(4);
      }
      assertThatThrownBy(
              () -> generator.start(request(new int[context], null, Sampling.GREEDY, 1), null))
          .isInstanceOfSatisfying(
              Problem.class, p -> assertThat(p.reason()).isEqualTo("PROMPT_TOO_LONG"));
    }
  }

  private static GenerationRequest request(
      int[] prompt, @Nullable Adaptation adaptation, Sampling sampling, int tokens) {
    return request(Prompt.of(prompt, adaptation), sampling, tokens);
  }

  private static GenerationRequest request(Prompt prompt, Sampling sampling, int tokens) {
    return new GenerationRequest(prompt, sampling, tokens, Set.of(), List.of(), -1);
  }

  private static int[] toInts(List<Integer> ids) {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  private static List<Integer> list(int[] ids) {
    return Arrays.stream(ids).boxed().toList();
  }

  private static int[] prompt(int index) {
    return Fixtures.ints(TIED.path("prompts").get(index).path("input_ids"));
  }
}
