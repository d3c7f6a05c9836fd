package dev.tuneline.engine.training;

import dev.tuneline.engine.training.ScheduleSpec.Curve;
import java.util.List;

/**
 * torch.optim.lr_scheduler.ReduceLROnPlateau over validation losses, as transformers' Trainer steps
 * it after each evaluation.
 */
record Plateau(
    double factor,
    int patience,
    double threshold,
    boolean relative,
    int cooldown,
    double least,
    double epsilon) {

  static Curve schedule(ScheduleOptions options) {
    options.text("mode", "min", List.of("min"));
    double factor = options.number("factor", 0.1);
    if (factor >= 1) {
      throw options.malformed("factor", "is not below 1");
    }
    Plateau plateau =
        new Plateau(
            factor,
            options.whole("patience", 0).orElse(10),
            options.number("threshold", 1e-4),
            options.text("threshold_mode", "rel", List.of("rel", "abs")).equals("rel"),
            options.whole("cooldown", 0).orElse(0),
            options.number("min_lr", 0),
            options.number("eps", 1e-8));
    return (_, _, _, peak, losses) -> plateau.rate(peak, losses);
  }

  private double rate(double peak, List<Double> losses) {
    double rate = peak;
    double best = Double.POSITIVE_INFINITY;
    int bad = 0;
    int resting = 0;
    for (double loss : losses) {
      double bound = relative ? best * (1 - threshold) : best - threshold;
      if (loss < bound) {
        best = loss;
        bad = 0;
      } else {
        bad++;
      }
      if (resting > 0) {
        resting--;
        bad = 0;
      }
      if (bad > patience) {
        double reduced = Math.max(rate * factor, least);
        rate = rate - reduced > epsilon ? reduced : rate;
        resting = cooldown;
        bad = 0;
      }
    }
    return rate;
  }
}
