package dev.tuneline.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.errors.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatewayConfigTest {
  @Test
  void whatIsOutOfBoundsIsNamed() {
    expect("max-base-models", () -> new GatewayConfig(List.of(), List.of(), 0, 1, 1, 1, 1, 1));
    expect("max-adapters", () -> new GatewayConfig(List.of(), List.of(), 1, 10_001, 1, 1, 1, 1));
    expect("max-sequences", () -> new GatewayConfig(List.of(), List.of(), 1, 1, -1, 1, 1, 1));
    expect("queue-limit", () -> new GatewayConfig(List.of(), List.of(), 1, 1, 1, 100_001, 1, 1));
    expect("view-timeout-ms", () -> new GatewayConfig(List.of(), List.of(), 1, 1, 1, 1, 0, 1));
    expect(
        "load-timeout-ms", () -> new GatewayConfig(List.of(), List.of(), 1, 1, 1, 1, 1, 3_600_001));
    expect("preload", () -> new GatewayConfig(List.of("a", "b"), List.of(), 1, 1, 1, 1, 1, 1));
  }

  private static void expect(String key, Runnable making) {
    assertThatThrownBy(making::run)
        .isInstanceOfSatisfying(
            Problem.class,
            p -> assertThat(p.details()).containsEntry(Problem.FIELD, "tuneline.gateway." + key));
  }
}
