package dev.tuneline.parity;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import dev.tuneline.engine.training.AdamW;
import dev.tuneline.engine.training.OptimizerSpec;
import dev.tuneline.engine.training.ScheduleSpec;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code units.json}: schedules and AdamW with clipping, apart from any model. */
final class OptimizerUnits {
  private static final String SCHEDULES = "schedules_multiplier_used_at_optimizer_step_0_1_2";
  private static final Pattern SCHEDULE = Pattern.compile("([a-z_]+?)_w(\\d+)(?:_t(\\d+))?");
  private static final Pattern ADAMW =
      Pattern.compile("adamw_lr([0-9.e+-]+?)_wd([0-9.e+-]+?)_clip([0-9.e+-]+)");

  /** Values are given in eight digits. */
  private static final double DIGITS = 1e-8;

  private static final double WEIGHTS = 1e-6;

  private OptimizerUnits() {}

  static void check(Checks checks, Path file) {
    Json.read(file)
        .properties()
        .forEach(
            field -> {
              String name = field.getKey();
              Matcher adamW = ADAMW.matcher(name);
              if (name.equals(SCHEDULES)) {
                field
                    .getValue()
                    .properties()
                    .forEach(s -> schedule(checks, s.getKey(), s.getValue()));
              } else if (adamW.matches()) {
                OptimizerSpec spec =
                    new OptimizerSpec(
                        Double.parseDouble(adamW.group(1)),
                        0.9,
                        0.999,
                        1e-8,
                        Double.parseDouble(adamW.group(2)),
                        Double.parseDouble(adamW.group(3)));
                updates(checks, name, spec, field.getValue());
              } else if (!name.equals("clip_rule") && !name.equals("versions")) {
                checks.unchecked("unknown field " + name);
              }
            });
  }

  private static void schedule(Checks checks, String name, JsonNode expected) {
    Matcher parts = SCHEDULE.matcher(name);
    if (!parts.matches()) {
      checks.unsupported("the schedule " + name);
      return;
    }
    ScheduleSpec schedule =
        new ScheduleSpec(Hyperparameters.kind(parts.group(1)), Integer.parseInt(parts.group(2)), 0);
    int total = parts.group(3) == null ? expected.size() : Integer.parseInt(parts.group(3));
    double[] actual = new double[expected.size()];
    Arrays.setAll(actual, step -> schedule.rate(step, total, 1));
    checks.close(name, actual, Json.doubles(expected), DIGITS);
  }

  private static void updates(Checks checks, String name, OptimizerSpec spec, JsonNode expected) {
    double[] before = Json.doubles(Json.field(expected, "param_before"));
    try (PtNDManager manager = Torch.newManager();
        var _ = GradientMode.off()) {
      PtNDArray parameter = Tensors.ofFloats(manager, floats(before), before.length);
      try (AdamW adamW = new AdamW(spec, Map.of("p", parameter))) {
        int step = 0;
        for (JsonNode update : Json.field(expected, "steps")) {
          String what = "%s step %d ".formatted(name, step + 1);
          double[] gradient = Json.doubles(Json.field(update, "grad"));
          double norm = Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
          double scale = Math.min(1, spec.maxGradNorm() / (norm + 1e-6));
          checks.close(
              what + "norm",
              norm,
              Json.field(update, "norm").doubleValue(),
              Tolerances.GRADIENT_NORM * norm);
          checks.close(
              what + "clipped_grad",
              Arrays.stream(gradient).map(g -> g * scale).toArray(),
              Json.doubles(Json.field(update, "clipped_grad")),
              WEIGHTS);
          PtNDArray g = Tensors.ofFloats(manager, floats(gradient), gradient.length);
          adamW.update("p", parameter, g, step++, spec.learningRate(), scale, true);
          checks.close(
              what + "param_after",
              Tensors.floats(parameter),
              Json.field(update, "param_after"),
              WEIGHTS);
        }
      }
    }
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
