package dev.tuneline.gateway.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.engine.generation.Sampling;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.SamplingOptions;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamplingRulesTest {
  private static final Sampling DEFAULTS = new Sampling(0.7, 20, 0.8, 1.05, 0);

  @Test
  void whatARequestLeavesOpenTheBaseModelDecides() {
    assertThat(SamplingRules.of(SamplingOptions.getDefaultInstance(), DEFAULTS, 9))
        .isEqualTo(new Sampling(0.7, 20, 0.8, 1.05, 9));
  }

  @Test
  void whatARequestSaysHoldsAlsoWhenItIsZero() {
    SamplingOptions options =
        SamplingOptions.newBuilder()
            .setTemperature(0)
            .setTopK(0)
            .setTopP(1)
            .setRepetitionPenalty(1)
            .setSeed(0)
            .build();
    assertThat(SamplingRules.of(options, DEFAULTS, 9)).isEqualTo(Sampling.GREEDY);
  }

  @Test
  void whatIsOutOfRangeIsNamed() {
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
        List.of(List.of(""), List.of("x".repeat(257)), List.of("a", "b", "c", "d", "e"))) {
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
