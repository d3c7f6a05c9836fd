package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.training.ScheduleSpec.Kind;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ScheduleSpecTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static JsonNode expected(String field) throws IOException {
    return JSON.readTree(Path.of("src/test/resources/schedules/expected.json").toFile())
        .path(field);
  }

  static Stream<JsonNode> cases() throws IOException {
    return expected("cases").valueStream();
  }

  static Stream<JsonNode> plateaus() throws IOException {
    return expected("plateaus").valueStream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void ratesEqualTransformers(JsonNode given) {
    String name = given.path("name").asText();
    int total = given.path("total").intValue();
    double peak = given.path("peak").doubleValue();
    // transformers' constant knows no warm-up
    int warmup = name.equals("constant") ? 0 : given.path("warmup").intValue();
    ScheduleSpec schedule = new ScheduleSpec(Kind.named(name), warmup, 0, given.path("options"));
    JsonNode rates = given.path("rates");
    assertThat(rates.size()).isPositive();
    for (int step = 0; step < rates.size(); step++) {
      assertThat(schedule.rate(step, total, peak))
          .as("step %d", step)
          .isEqualTo(rates.get(step).doubleValue(), within(1e-14 * peak + 1e-18));
    }
  }

  @ParameterizedTest
  @MethodSource("plateaus")
  void plateausLowerTheRateAsTorchDoes(JsonNode given) {
    ScheduleSpec schedule =
        new ScheduleSpec(Kind.named("reduce_lr_on_plateau"), 0, 0, given.path("options"));
    assertThat(schedule.followsValidation()).isTrue();
    List<Double> losses = new ArrayList<>();
    double peak = given.path("peak").doubleValue();
    assertThat(schedule.rate(0, 100, peak, losses)).isEqualTo(peak);
    for (int i = 0; i < given.path("losses").size(); i++) {
      losses.add(given.path("losses").get(i).doubleValue());
      assertThat(schedule.rate(i, 100, peak, losses))
          .isEqualTo(given.path("rates_after").get(i).doubleValue());
    }
  }

  @Test
  void everyKindHasCases() throws IOException {
    assertThat(cases().map(given -> Kind.named(given.path("name").asText())))
        .contains(
            Stream.of(Kind.values())
                .filter(kind -> kind != Kind.REDUCE_LR_ON_PLATEAU)
                .toArray(Kind[]::new));
  }

  @Test
  void warmupRatioRoundsUp() {
    assertThat(new ScheduleSpec(Kind.COSINE, 0, 0.03).warmup(101)).isEqualTo(4);
    assertThat(new ScheduleSpec(Kind.COSINE, 7, 0.03).warmup(101)).isEqualTo(7);
  }

  @Test
  void allWarmUpEndsInANumber() {
    ScheduleSpec schedule = new ScheduleSpec(Kind.POLYNOMIAL, 5, 0);
    assertThat(schedule.rate(5, 5, 1e-3)).isEqualTo(1e-7);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "linear | {\"power\": 2} | schedule_options.power",
        "cosine_with_restarts | {\"num_cycles\": 1.5} | schedule_options.num_cycles",
        "cosine_with_restarts | {\"num_cycles\": 0} | schedule_options.num_cycles",
        "polynomial | {\"lr_end\": \"small\"} | schedule_options.lr_end",
        "polynomial | {\"power\": -1} | schedule_options.power",
        "cosine_with_min_lr | {} | schedule_options.min_lr",
        "cosine_with_min_lr | {\"min_lr\": 0, \"min_lr_rate\": 0} | schedule_options.min_lr",
        "warmup_stable_decay | {} | schedule_options.num_decay_steps",
        "warmup_stable_decay | {\"num_decay_steps\": 3, \"decay_type\": \"x\"}"
            + " | schedule_options.decay_type",
        "reduce_lr_on_plateau | {\"factor\": 1} | schedule_options.factor",
        "reduce_lr_on_plateau | {\"mode\": \"max\"} | schedule_options.mode"
      })
  void refusesOptionsByName(String name, String options, String field)
      throws JsonProcessingException {
    JsonNode given = JSON.readTree(options);
    assertThatThrownBy(() -> new ScheduleSpec(Kind.named(name), 0, 0, given))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.reason()).isEqualTo("MALFORMED_TRAINING");
              assertThat(problem.details()).containsEntry(Problem.FIELD, field);
            });
  }

  @Test
  void refusesUnknownNamesAndAnEndAboveThePeak() {
    assertThatThrownBy(() -> Kind.named("greedy"))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.reason()).isEqualTo("SCHEDULE_NOT_SUPPORTED");
              assertThat(problem.details().get("mend")).contains("warmup_stable_decay");
            });
    ScheduleSpec schedule = new ScheduleSpec(Kind.POLYNOMIAL, 0, 0);
    assertThatThrownBy(() -> schedule.rate(0, 10, 1e-8)).isInstanceOf(Problem.class);
  }
}
