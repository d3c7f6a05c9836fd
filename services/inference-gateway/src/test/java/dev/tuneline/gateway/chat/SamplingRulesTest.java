package dev.tuneline.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.engine.generation.Penalties;
import dev.tuneline.engine.generation.Sampling;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.SamplingOptions;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplingRulesTest {
  private static final Sampling DEFAULTS =
      new Sampling(0.7, 20, 0.8, 0.05, Penalties.repetition(1.05), Map.of(), 0);

  @Test
  void whatARequestLeavesOpenTheBaseModelDecides() {
    assertThat(SamplingRules.of(SamplingOptions.getDefaultInstance(), DEFAULTS, 9))
        .isEqualTo(DEFAULTS.withSeed(9));
  }

  @Test
  void whatARequestSaysHoldsAlsoWhenItIsZero() {
    SamplingOptions options =
        SamplingOptions.newBuilder()
            .setTemperature(0)
            .setTopK(0)
            .setTopP(1)
            .setMinP(0)
            .setRepetitionPenalty(1)
            .setSeed(0)
            .build();
    assertThat(SamplingRules.of(options, DEFAULTS, 9)).isEqualTo(Sampling.GREEDY);
  }

  @Test
  void penaltiesAndBiasesAreTakenOver() {
    SamplingOptions options =
        SamplingOptions.newBuilder()
            .setPresencePenalty(0.5)
            .setFrequencyPenalty(-1)
            .putLogitBias(7, -100)
            .build();
    Sampling sampling = SamplingRules.of(options, DEFAULTS, 9);
    assertThat(sampling.penalties()).isEqualTo(new Penalties(1.05, 0.5, -1));
    assertThat(sampling.logitBias()).isEqualTo(Map.of(7, -100f));
  }

  @Test
  void whatIsOutOfRangeIsNamed() {
    expect(SamplingOptions.newBuilder().setMinP(1.1).build(), "min_p");
    expect(SamplingOptions.newBuilder().setPresencePenalty(2.1).build(), "presence_penalty");
    expect(SamplingOptions.newBuilder().setFrequencyPenalty(-2.1).build(), "frequency_penalty");
    expect(SamplingOptions.newBuilder().putLogitBias(1, 101).build(), "logit_bias");
    expect(SamplingOptions.newBuilder().putLogitBias(1, Double.NaN).build(), "logit_bias");
    SamplingOptions.Builder many = SamplingOptions.newBuilder();
    IntStream.range(0, 1_025).forEach(id -> many.putLogitBias(id, 1));
    expect(many.build(), "logit_bias");
    expect(SamplingOptions.newBuilder().setTemperature(2.1).build(), "temperature");
    expect(SamplingOptions.newBuilder().setTemperature(Double.NaN).build(), "temperature");
    expect(SamplingOptions.newBuilder().setTopP(-0.1).build(), "top_p");
    expect(SamplingOptions.newBuilder().setTopK(-1).build(), "top_k");
    expect(SamplingOptions.newBuilder().setRepetitionPenalty(0).build(), "repetition_penalty");
    expect(SamplingOptions.newBuilder().setMaxTokens(-1).build(), "max_tokens");
  }

  @Test
  void stopStringsAreBounded() {
    for (List<String> stops :
        List.of(List.of(""), List.of("x".repeat(257)), Collections.nCopies(17, "a"))) {
      SamplingOptions options = SamplingOptions.newBuilder().addAllStop(stops).build();
      assertThatThrownBy(() -> SamplingRules.stops(options))
          .isInstanceOfSatisfying(
              Problem.class, p -> assertThat(p.reason()).isEqualTo("INVALID_STOP"));
    }
  }

  private static void expect(SamplingOptions options, String field) {
    assertThatThrownBy(() -> SamplingRules.of(options, DEFAULTS, 0))
        .isInstanceOfSatisfying(
            Problem.class, p -> assertThat(p.details()).containsEntry(Problem.FIELD, field));
  }
}
