package dev.tuneline.parity;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.training.Trainer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The gradients of the first step, read back from Adam's first moments.
 *
 * <p>After one step a first moment is (1 - beta1) times the clipped gradient.
 */
final class FirstGradient {
  private static final String FIRST = "first.";

  private final Checks checks;
  private final Map<String, PtNDArray> moments;
  private final double norm;
  private final double scale;

  FirstGradient(Checks checks, Trainer trainer, double norm, Hyperparameters hyper) {
    this.checks = checks;
    this.norm = norm;
    this.moments = new HashMap<>();
    trainer
        .moments()
        .forEach(
            (name, array) -> {
              if (name.startsWith(FIRST)) {
                moments.put(ParameterNames.plain(name.substring(FIRST.length())), array);
              }
            });
    double clipped = hyper.clip() == 0 ? 1 : Math.min(1, hyper.clip() / (norm + 1e-6));
    this.scale = 1 / (1 - hyper.beta1()) / clipped;
  }

  void check(JsonNode expected) {
    double tolerance = Tolerances.GRADIENT_NORM * norm;
    expected
        .properties()
        .forEach(
            field -> {
              String name = ParameterNames.plain(field.getKey());
              @Nullable PtNDArray moment = moments.get(name);
              if (moment == null) {
                checks.fail("first gradient of " + field.getKey() + " is missing");
                return;
              }
              double[] gradient =
                  Arrays.stream(Json.doubles(Tensors.floats(moment))).map(m -> m * scale).toArray();
              double l2 = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
              JsonNode first = Json.field(field.getValue(), "first8");
              String what = "first gradient of " + name;
              checks.close(
                  what + " l2", l2, Json.field(field.getValue(), "l2").doubleValue(), tolerance);
              checks.close(
                  what, Arrays.copyOf(gradient, first.size()), Json.doubles(first), tolerance);
            });
  }
}
