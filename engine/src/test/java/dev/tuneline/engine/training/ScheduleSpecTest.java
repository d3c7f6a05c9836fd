package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.Fixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleSpecTest {
  @ParameterizedTest
  @CsvSource({
    "cosine_w2_t12, COSINE, 2, 12",
    "cosine_w0_t7, COSINE, 0, 7",
    "linear_w3_t10, LINEAR, 3, 10",
    "constant_with_warmup_w4, CONSTANT, 4, 10"
  })
  void multipliersEqualTransformers(String name, ScheduleSpec.Kind kind, int warmup, int total) {
    JsonNode expected =
        Fixtures.json("train/units.json")
            .path("schedules_multiplier_used_at_optimizer_step_0_1_2")
            .path(name);
    assertThat(expected.size()).isEqualTo(14);
    ScheduleSpec schedule = new ScheduleSpec(kind, warmup, 0);
    for (int step = 0; step < expected.size(); step++) {
      assertThat(schedule.multiplier(step, total))
          .as("step %d", step)
          .isEqualTo(expected.get(step).doubleValue(), within(1e-8));
    }
  }

  @Test
  void warmupRatioRoundsUp() {
    assertThat(new ScheduleSpec(ScheduleSpec.Kind.COSINE, 0, 0.03).warmup(101)).isEqualTo(4);
    assertThat(new ScheduleSpec(ScheduleSpec.Kind.COSINE, 7, 0.03).warmup(101)).isEqualTo(7);
  }
}
