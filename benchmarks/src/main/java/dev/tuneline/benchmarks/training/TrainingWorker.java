package dev.tuneline.benchmarks.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.tensor.Torch;
import dev.tuneline.engine.training.OptimizerSpec;
import dev.tuneline.engine.training.ScheduleSpec;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.TrainingSpec;
import dev.tuneline.engine.training.TrainingSpec.LossMean;
import dev.tuneline.engine.training.Validation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Our side: the process that answers a {@link Job} with {@link Done}. */
public final class TrainingWorker {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long SEED = 1;
  private static final int THREADS = 2;

  private TrainingWorker() {}

  public static void main(String[] arguments) throws IOException {
    Requests.answer(TrainingWorker::train);
  }

  private static Done train(JsonNode request) throws IOException {
    Torch.setThreads(THREADS);
    Job job = JSON.treeToValue(request, Job.class);
    List<TrainingExample> examples = ExampleFile.read(Path.of(job.examples()));
    try (BaseModel base =
        BaseModel.load(Path.of(job.model()), Precision.valueOf(job.precision().name()))) {
      if (job.warmUp() > 0) {
        run(base, examples, job, job.warmUp(), null);
      }
      return run(base, examples, job, job.steps(), job.heldOut());
    }
  }

  private static Done run(
      BaseModel base, List<TrainingExample> examples, Job job, int steps, @Nullable String heldOut)
      throws IOException {
    List<Double> seconds = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    TrainingSpec spec = spec(job, examples.size(), steps);
    try (Tunable tunable = LoraOptions.start(base);
        Trainer trainer = new Trainer(base, tunable, examples, spec)) {
      while (!trainer.finished()) {
        long began = System.nanoTime();
        losses.add(trainer.next().loss());
        seconds.add((System.nanoTime() - began) / 1e9);
      }
      @Nullable Double loss =
          heldOut == null
              ? null
              : (Double)
                  Validation.of(
                          base,
                          tunable.adaptation(),
                          ExampleFile.read(Path.of(heldOut)),
                          job.batch())
                      .loss();
      return new Done(seconds, losses, loss);
    }
  }

  private static TrainingSpec spec(Job job, int examples, int steps) {
    return new TrainingSpec(
            Math.ceilDiv(steps * job.batch(), examples),
            steps,
            job.batch(),
            1,
            OptimizerSpec.adamW(job.learningRate()),
            new ScheduleSpec(ScheduleSpec.Kind.CONSTANT, 0, 0),
            LossMean.TOKENS,
            job.shuffled(),
            SEED)
        .withGradientCheckpointing(job.checkpointing());
  }
}
