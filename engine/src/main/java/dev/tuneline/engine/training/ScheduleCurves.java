package dev.tuneline.engine.training;

import dev.tuneline.engine.training.ScheduleSpec.Curve;
import dev.tuneline.errors.Problem;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** The formulas of transformers' {@code optimization.py}; each reads its options and no others. */
final class ScheduleCurves {
  private static final double HALF_WAVE = 0.5;
  private static final List<String> RAMPS = List.of("linear", "cosine", "1-sqrt");

  /** A factor on the peak rate, for steps after warm-up. */
  private interface Factor {
    double at(int step, int warmup, int total, double peak);
  }

  private ScheduleCurves() {}

  static Curve linear() {
    return warmed(
        (step, warmup, total, _) ->
            Math.max(0, (double) (total - step) / Math.max(1, total - warmup)));
  }

  static Curve constant() {
    return warmed((_, _, _, _) -> 1);
  }

  static Curve cosine(ScheduleOptions options) {
    double cycles = options.number("num_cycles", HALF_WAVE);
    return warmed(
        (step, warmup, total, _) -> Math.max(0, wave(cycles, progress(step, warmup, total))));
  }

  static Curve cosineWithRestarts(ScheduleOptions options) {
    int cycles = options.whole("num_cycles", 1).orElse(1);
    return warmed(
        (step, warmup, total, _) -> {
          double progress = progress(step, warmup, total);
          return progress >= 1 ? 0 : Math.max(0, wave(HALF_WAVE, cycles * progress % 1));
        });
  }

  static Curve polynomial(ScheduleOptions options) {
    double end = options.number("lr_end", 1e-7);
    double power = options.number("power", 1);
    Curve curve =
        warmed(
            (step, warmup, total, peak) -> {
              if (step > total || warmup >= total) {
                return end / peak;
              }
              double left = 1 - (double) (step - warmup) / (total - warmup);
              return ((peak - end) * Math.pow(left, power) + end) / peak;
            });
    return (step, warmup, total, peak, losses) -> {
      if (!(peak > end)) {
        throw Problem.caller(
                "MALFORMED_TRAINING",
                "lr_end %s is not below learning_rate %s".formatted(end, peak))
            .at(Problem.FIELD, ScheduleOptions.field("lr_end"));
      }
      return curve.rate(step, warmup, total, peak, losses);
    };
  }

  static Curve inverseSqrt(ScheduleOptions options) {
    OptionalInt given = options.whole("timescale", 1);
    return warmed(
        (step, warmup, _, _) -> {
          double scale = given.orElse(warmup > 0 ? warmup : 10_000);
          return 1 / Math.sqrt((step + scale - warmup) / scale);
        });
  }

  static Curve cosineWithMinLr(ScheduleOptions options) {
    double cycles = options.number("num_cycles", HALF_WAVE);
    Floor floor = Floor.of(options);
    return warmed(
        (step, warmup, total, peak) ->
            Math.max(0, floor.raise(wave(cycles, progress(step, warmup, total)), peak)));
  }

  static Curve cosineWarmupWithMinLr(ScheduleOptions options) {
    double cycles = options.number("num_cycles", HALF_WAVE);
    Floor floor = Floor.of(options);
    OptionalDouble start = options.number("warmup_lr_rate");
    return (step, warmup, total, peak, _) -> {
      if (step < warmup) {
        return start.isEmpty()
            ? peak * (step + 1) / warmup
            : peak
                * (start.getAsDouble()
                    + (1 - start.getAsDouble()) * step / Math.max(1, warmup - 1));
      }
      double progress = (step - warmup + 1.0) / Math.max(1, total - warmup);
      return peak * Math.max(0, floor.raise(wave(cycles, progress), peak));
    };
  }

  static Curve warmupStableDecay(ScheduleOptions options) {
    int decay =
        options
            .whole("num_decay_steps", 1)
            .orElseThrow(() -> options.malformed("num_decay_steps", "is needed"));
    OptionalInt given = options.whole("num_stable_steps", 0);
    String up = options.text("warmup_type", "linear", RAMPS);
    String down = options.text("decay_type", "cosine", RAMPS);
    double least = options.number("min_lr_ratio", 0);
    double cycles = options.number("num_cycles", HALF_WAVE);
    return (step, warmup, total, peak, _) -> {
      int stable = given.orElse(total - warmup - decay);
      if (step < warmup) {
        return peak * raised(rising(up, (double) step / warmup), least);
      }
      int decayed = step - warmup - stable;
      if (decayed < 0) {
        return peak;
      }
      return decayed < decay
          ? peak * raised(falling(down, (double) decayed / decay, cycles), least)
          : peak * least;
    };
  }

  private static double rising(String type, double progress) {
    return switch (type) {
      case "cosine" -> HALF_WAVE * (1 - Math.cos(Math.PI * progress));
      case "1-sqrt" -> 1 - Math.sqrt(1 - progress);
      default -> progress;
    };
  }

  private static double falling(String type, double progress, double cycles) {
    return switch (type) {
      case "cosine" -> wave(cycles, progress);
      case "1-sqrt" -> 1 - Math.sqrt(progress);
      default -> 1 - progress;
    };
  }

  private static double raised(double factor, double least) {
    return Math.max(0, factor * (1 - least) + least);
  }

  /** A linear warm-up from 0, then {@code factor}. */
  private static Curve warmed(Factor factor) {
    return (step, warmup, total, peak, _) ->
        peak * (step < warmup ? (double) step / warmup : factor.at(step, warmup, total, peak));
  }

  private static double progress(int step, int warmup, int total) {
    return (double) (step - warmup) / Math.max(1, total - warmup);
  }

  private static double wave(double cycles, double progress) {
    return 0.5 * (1 + Math.cos(Math.PI * cycles * 2 * progress));
  }

  /** The rate that a cosine ends at: one of the two is given. */
  private record Floor(OptionalDouble rate, OptionalDouble share) {
    static Floor of(ScheduleOptions options) {
      OptionalDouble rate = options.number("min_lr");
      OptionalDouble share = options.number("min_lr_rate");
      if (rate.isPresent() == share.isPresent()) {
        throw options.malformed("min_lr", "or min_lr_rate is needed, and not both");
      }
      return new Floor(rate, share);
    }

    double raise(double factor, double peak) {
      double least = share.orElseGet(() -> rate.orElse(0) / peak);
      return factor * (1 - least) + least;
    }
  }
}
