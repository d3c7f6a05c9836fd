package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AdamWTest {
  @Test
  void updatesAsTorchDoes() {
    JsonNode fixture = Fixtures.json("train/units.json").path("adamw_lr5e-3_wd0.01_clip1.0");
    OptimizerSpec spec = new OptimizerSpec(5e-3, 0.9, 0.999, 1e-8, 0.01, 1);
    float[] start = Fixtures.floats(fixture.path("param_before"));
    try (PtNDManager manager = Torch.newManager();
        var _ = GradientMode.off()) {
      PtNDArray parameter = Tensors.ofFloats(manager, start, start.length);
      try (AdamW adamW = new AdamW(spec, Map.of("p", parameter))) {
        int step = 0;
        for (JsonNode expected : fixture.path("steps")) {
          float[] gradient = Fixtures.floats(expected.path("grad"));
          double scale = Math.min(1, 1 / (expected.path("norm").doubleValue() + 1e-6));
          PtNDArray g = Tensors.ofFloats(manager, gradient, gradient.length);
          adamW.update("p", parameter, g, step++, 5e-3, scale, true);
          assertThat(Tensors.floats(parameter))
              .containsExactly(Fixtures.floats(expected.path("param_after")), within(1e-6f));
        }
        assertThat(step).isEqualTo(5);
      }
    }
  }
}
