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
          request(prompt(0), null, Sampling.GREEDY.withRepetitionPenalty(1.3), 16);
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
          new Sampling(
              expected.path("temperature").doubleValue(),
              expected.path("top_k").asInt(0),
              expected.path("top_p").asDouble(1),
              1,
              0);
      Candidates candidates = Candidates.of(logits, sampling);
      assertThat(candidates.ids()).containsExactly(Fixtures.ints(expected.path("kept_ids")));
      for (int i = 0; i < candidates.ids().length; i++) {
        assertThat(candidates.probabilities()[i])
            .isEqualTo(expected.path("probs").get(i).doubleValue(), within(1e-5));
      }
    }
  }

  @Test
  void batchMatesChangeNothing() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Adapter adapter = Methods.load(Fixtures.path("adapters/qwen2-tied-lora"), base)) {
      List<GenerationRequest> requests = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        requests.add(
            request(
                prompt(i % 3),
                i % 2 == 0 ? adapter : null,
                new Sampling(0.9, 40, 0.95, 1.1, i),
                8 + i));
      }
      Generator generator = new Generator(base);
      List<int[]> together = generator.generate(requests);
      for (int i = 0; i < requests.size(); i++) {
        assertThat(generator.generate(List.of(requests.get(i))).getFirst())
            .as("request %d", i)
            .hasSize(8 + i)
            .containsExactly(together.get(i));
      }
    }
  }

  @Test
  void reportsLogProbabilitiesOfTheModel() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      GenerationRequest request =
          new GenerationRequest(
              list(prompt(0)), null, new Sampling(0.5, 0, 1, 1.2, 7), 5, Set.of(), List.of(), 3);
      Generator generator = new Generator(base);
      try (Sequence sequence = generator.start(request, null)) {
        while (sequence.finishReason() == null) {
          generator.step(List.of(sequence));
        }
        Scorer.Score score =
            new Scorer(base)
                .score(List.of(new Scorer.Completion(list(prompt(0)), list(sequence.ids()), null)))
                .getFirst();
        for (int i = 0; i < 5; i++) {
          GeneratedToken token = sequence.tokens().get(i);
          assertThat(token.logProb().getAsDouble())
              .isEqualTo(score.logProbs().get(i), within(1e-4));
          assertThat(token.alternatives()).hasSize(3);
          assertThat(token.alternatives().getFirst().logProb())
              .isGreaterThanOrEqualTo(token.logProb().getAsDouble());
        }
      }
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
        new GenerationRequest(list(prompt(0)), null, Sampling.GREEDY, 16, Set.of(), stops, -1);
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
    return new GenerationRequest(
        list(prompt), adaptation, sampling, tokens, Set.of(), List.of(), -1);
  }

  private static List<Integer> list(int[] ids) {
    return Arrays.stream(ids).boxed().toList();
  }

  private static int[] prompt(int index) {
    return Fixtures.ints(TIED.path("prompts").get(index).path("input_ids"));
  }
}
