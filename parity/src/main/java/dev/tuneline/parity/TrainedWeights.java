package dev.tuneline.parity;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The weights after the last step: whole, or summed up. */
final class TrainedWeights {
  private final Checks checks;
  private final Map<String, PtNDArray> parameters;
  private final double tolerance;

  /**
   * @param rounding how far the reference's own weights moved when it was computed in fp64; where a
   *     gradient is zero but for rounding, Adam makes a step of it, and no two programs take the
   *     same
   */
  TrainedWeights(Checks checks, Tunable tunable, boolean full, double rounding) {
    this.checks = checks;
    this.parameters = ParameterNames.of(tunable);
    this.tolerance = (full ? Tolerances.FULL_WEIGHTS : Tolerances.ADAPTER_WEIGHTS) + 2 * rounding;
  }

  /** {@code file} holds the weights after training by the mean of means, where it exists. */
  void check(JsonNode run, Path file, Convention convention) {
    boolean summary = run.hasNonNull("final_weight_summary");
    if (summary) {
      summary(run.path("final_weight_summary"));
    }
    if (convention == Convention.MEAN_OF_MEANS && Files.exists(file)) {
      whole(file);
    } else if (!summary) {
      checks.fail("there is neither final_weight_summary nor " + Folders.name(file));
    }
  }

  private void whole(Path file) {
    try (SafetensorsFile expected = SafetensorsFile.open(file)) {
      Map<String, String> stored = ParameterNames.of(expected);
      checks.names("final weights", parameters.keySet(), stored.keySet());
      stored.forEach(
          (name, inFile) -> {
            @Nullable PtNDArray actual = parameters.get(name);
            if (actual != null) {
              checks.close(
                  "final " + name,
                  Json.doubles(Tensors.floats(actual)),
                  Json.doubles(expected.floats(inFile)),
                  tolerance);
            }
          });
    }
  }

  private void summary(JsonNode summary) {
    Map<String, JsonNode> expected = new HashMap<>();
    summary.properties().forEach(f -> expected.put(ParameterNames.plain(f.getKey()), f.getValue()));
    checks.names("final_weight_summary", parameters.keySet(), expected.keySet());
    expected.forEach(
        (name, node) -> {
          @Nullable PtNDArray actual = parameters.get(name);
          if (actual != null) {
            summary(name, actual, node);
          }
        });
  }

  private void summary(String name, PtNDArray actual, JsonNode expected) {
    String what = "final " + name;
    float[] values = Tensors.floats(actual);
    checks.same(
        what + " shape",
        Arrays.stream(actual.getShape().getShape()).boxed().toList(),
        Json.field(expected, "shape").valueStream().map(JsonNode::longValue).toList());
    double sum = 0;
    double squares = 0;
    for (float value : values) {
      sum += value;
      squares += (double) value * value;
    }
    // Errors of single values add up like a random walk.
    double spread = tolerance * Math.sqrt(values.length);
    checks.close(what + " sum", sum, Json.field(expected, "sum").doubleValue(), spread);
    checks.close(
        what + " l2", Math.sqrt(squares), Json.field(expected, "l2").doubleValue(), spread);
    JsonNode strided = Json.field(expected, "values_strided");
    int stride = Json.field(expected, "stride").intValue();
    double[] some = new double[strided.size()];
    for (int i = 0; i < some.length; i++) {
      some[i] = values[i * stride];
    }
    checks.close(what, some, Json.doubles(strided), tolerance);
  }
}
