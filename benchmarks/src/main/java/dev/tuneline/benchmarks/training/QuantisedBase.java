package dev.tuneline.benchmarks.training;

import dev.tuneline.benchmarks.Bench;
import dev.tuneline.benchmarks.Benchmark.Part;
import dev.tuneline.benchmarks.Figure;
import dev.tuneline.benchmarks.Goal;
import dev.tuneline.benchmarks.Medians;
import dev.tuneline.benchmarks.training.Job.Held;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * QLoRA beside LoRA over a bf16 base, both ours, the batches of {@link FixedBatches}: what 4 bits
 * save, and what they cost. The peer here is our own bf16; to its memory the dequantised
 * projections of one layer are added.
 */
record QuantisedBase(ModelSize size, int rounds, int steps) implements Part {
  @Override
  public String name() {
    return "QLoRA " + size.name();
  }

  @Override
  public List<Figure> measure(Bench bench) throws IOException {
    Path examples = Files.createTempFile("examples", ".jsonl");
    try {
      Job nf4 = FixedBatches.job(bench, size, Held.NF4, false, steps, examples);
      Job bf16 = FixedBatches.job(bench, size, Held.BF16, false, steps, examples);
      List<Rounds.Round> ofNf4 = new ArrayList<>();
      List<Rounds.Round> ofBf16 = new ArrayList<>();
      for (int i = 0; i < rounds; i++) {
        ofNf4.add(Rounds.ours(bench, nf4));
        ofBf16.add(Rounds.ours(bench, bf16));
      }
      Rounds done = new Rounds(ofNf4, ofBf16);
      Medians memory = done.peakGigabytes();
      double layer = size.layerWeights() * Float.BYTES / 1e9;
      return List.of(
          new Figure(
              name() + ": peak memory, to bf16 LoRA and a layer",
              new Medians(memory.ours(), Objects.requireNonNull(memory.peer()) + layer),
              "GB",
              Goal.of("<= 0.50")),
          new Figure(name() + ": step time, to bf16 LoRA", done.stepSeconds(), "s", null));
    } finally {
      Files.delete(examples);
    }
  }
}
