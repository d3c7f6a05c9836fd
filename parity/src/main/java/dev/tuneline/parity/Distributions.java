package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.generation.Sampling;
import dev.tuneline.engine.generation.SamplingDistribution;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What the filters of sampling leave of a distribution, and with which probabilities. */
final class Distributions {
  private Distributions() {}

  static void check(Checks checks, float[] logits, JsonNode cases) {
    for (int i = 0; i < cases.size(); i++) {
      check(checks, "sampling_distributions[%d]".formatted(i), logits, cases.get(i));
    }
  }

  private static void check(Checks checks, String what, float[] logits, JsonNode expected) {
    Map<Integer, Double> actual = SamplingDistribution.of(logits, sampling(expected));
    int[] ids = Json.ints(Json.field(expected, "kept_ids"));
    Map<Integer, Double> kept = new TreeMap<>();
    for (int i = 0; i < ids.length; i++) {
      kept.put(ids[i], Json.field(expected, "probs").get(i).doubleValue());
    }
    checks.names(what + ".kept_ids", texts(actual.keySet()), texts(kept.keySet()));
    if (actual.keySet().equals(kept.keySet())) {
      checks.close(
          what + ".probs",
          kept.keySet().stream().mapToDouble(actual::get).toArray(),
          kept.values().stream().mapToDouble(Double::doubleValue).toArray(),
          Tolerances.PROBABILITIES);
    }
  }

  private static Sampling sampling(JsonNode expected) {
    return Sampling.at(Json.field(expected, "temperature").doubleValue(), 0)
        .among(
            expected.path("top_k").asInt(0),
            expected.path("top_p").asDouble(1),
            expected.path("min_p").asDouble(0));
  }

  private static Set<String> texts(Set<Integer> ids) {
    return ids.stream().map(String::valueOf).collect(Collectors.toSet());
  }
}
