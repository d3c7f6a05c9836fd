package dev.tuneline.engine.pretraining;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.adapter.full.Full;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.engine.chat.ExampleEncoder;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.engine.training.OptimizerSpec;
import dev.tuneline.engine.training.ScheduleSpec;
import dev.tuneline.engine.training.StepReport;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.TrainingSpec;
import dev.tuneline.engine.training.TrainingSpec.LossMean;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Pre-trains a model from nothing: {@code PretrainMain MODEL_FOLDER CORPUS_FOLDER OUT_FOLDER}.
 *
 * <p>MODEL_FOLDER holds config.json, the tokenizer and the chat template; CORPUS_FOLDER is read as
 * {@link Corpus} says; the finished model folder is written to OUT_FOLDER, which must not exist.
 * Plain texts come first, then chats. The seed is fixed: the same inputs give the same weights on
 * the same CPU and number of threads.
 */
public final class PretrainMain {
  private static final long SEED = 1;
  private static final int MAX_TOKENS = 256;
  private static final int EXAMPLES_PER_STEP = 32;
  private static final double TEXT_LEARNING_RATE = 2e-3;
  private static final double CHAT_LEARNING_RATE = 2e-3;
  private static final int STEPS_PER_LOG = 25;

  private PretrainMain() {}

  /** Runs both phases and writes the model. */
  public static void main(String[] args) throws IOException {
    if (args.length != 3) {
      throw new IllegalArgumentException("usage: MODEL_FOLDER CORPUS_FOLDER OUT_FOLDER");
    }
    Path folder = Path.of(args[0]);
    Corpus corpus;
    try (Tokenizer tokenizer = Tokenizer.load(folder)) {
      ExampleEncoder encoder = new ExampleEncoder(tokenizer, ChatTemplate.load(folder), MAX_TOKENS);
      corpus = Corpus.read(Path.of(args[1]), encoder);
    }
    try (BaseModel model = BaseModel.initialise(folder, SEED);
        Tunable weights = new Full().start(JsonNodeFactory.instance.objectNode(), model, SEED)) {
      System.out.printf("%d parameters%n", model.parameterCount());
      train("text", model, weights, corpus.texts(), TEXT_LEARNING_RATE);
      train("chat", model, weights, corpus.chats(), CHAT_LEARNING_RATE);
      weights.save(Files.createDirectory(Path.of(args[2])));
    }
  }

  private static void train(
      String phase,
      BaseModel model,
      Tunable weights,
      List<TrainingExample> examples,
      double learningRate) {
    TrainingSpec spec =
        new TrainingSpec(
            1,
            0,
            EXAMPLES_PER_STEP,
            1,
            new OptimizerSpec(learningRate, 0.9, 0.99, 1e-8, 0.05, 1),
            new ScheduleSpec(ScheduleSpec.Kind.COSINE, 0, 0.03),
            LossMean.TOKENS,
            true,
            SEED);
    try (Trainer trainer = new Trainer(model, weights, examples, spec)) {
      long started = System.nanoTime();
      long tokens = 0;
      double loss = 0;
      while (!trainer.finished()) {
        StepReport report = trainer.next();
        tokens += report.tokens();
        loss += report.loss();
        if (report.step() % STEPS_PER_LOG == 0 || trainer.finished()) {
          int averaged = (report.step() - 1) % STEPS_PER_LOG + 1;
          double seconds = (System.nanoTime() - started) / 1e9;
          System.out.printf(
              "%s step %d/%d loss %.3f gradient norm %.2f %.0f tokens/s%n",
              phase,
              report.step(),
              trainer.totalSteps(),
              loss / averaged,
              report.gradNorm(),
              tokens / seconds);
          loss = 0;
        }
      }
    }
  }
}
