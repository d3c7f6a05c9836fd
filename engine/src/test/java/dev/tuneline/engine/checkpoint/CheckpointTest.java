package dev.tuneline.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.DynamicLlama;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.training.Course;
import dev.tuneline.engine.training.OptimizerSpec;
import dev.tuneline.engine.training.ScheduleSpec;
import dev.tuneline.engine.training.StepReport;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.TrainingSpec;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointTest {
  private static final TrainingSpec SPEC = TrainingSpec.of(3, 3, 2, 5e-3, 17);

  private static final Path QWEN2 = Fixtures.path("models/qwen2-tied");

  @TempDir Path temp;

  @ParameterizedTest
  @CsvSource({
    "lora, 1",
    "lora, 5",
    "lora, 8",
    "p_tuning_v2, 5",
    "p_tuning, 4",
    "prompt_tuning, 6",
    "full, 4"
  })
  void resumingContinuesBitIdentically(String method, int at) {
    requireBitIdentical(QWEN2, method, at, SPEC);
  }

  @Test
  void resumingContinuesBitIdenticallyWithPositionsThatFollowTheLongestBatch() throws IOException {
    Path model = DynamicLlama.in(Files.createDirectory(temp.resolve("model")), 12);
    requireBitIdentical(model, "lora", 5, SPEC);
    assertThat(Checkpoint.read(temp.resolve("half")).state().course().span()).isGreaterThan(12);
  }

  @Test
  void resumingContinuesBitIdenticallyWithFactoredMomentsAndAScheduleThatFollowsValidation() {
    requireBitIdentical(
        QWEN2,
        "lora",
        5,
        new TrainingSpec(
            3,
            0,
            3,
            2,
            new OptimizerSpec(OptimizerSpec.Kind.ADAFACTOR, 5e-3, 0.9, 0.999, 1e-8, 0.01, 1),
            new ScheduleSpec(ScheduleSpec.Kind.REDUCE_LR_ON_PLATEAU, 0, 0, impatient()),
            TrainingSpec.LossMean.TOKENS,
            true,
            17));
  }

  private static ObjectNode impatient() {
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    return options.put("patience", 0).put("threshold", 10).put("threshold_mode", "abs");
  }

  private void requireBitIdentical(Path model, String method, int at, TrainingSpec spec) {
    List<StepReport> undisturbed = new ArrayList<>();
    Course undisturbedCourse;
    try (BaseModel base = BaseModel.load(model);
        Tunable tunable = Methods.start(method, options(method), base, spec.seed());
        Trainer trainer = new Trainer(base, tunable, examples(20), spec)) {
      while (!trainer.finished()) {
        undisturbed.add(next(trainer));
      }
      Checkpoint.write(trainer, temp.resolve("undisturbed"));
      undisturbedCourse = trainer.course();
    }
    List<StepReport> interrupted = new ArrayList<>();
    try (BaseModel base = BaseModel.load(model);
        Tunable tunable = Methods.start(method, options(method), base, spec.seed());
        Trainer trainer = new Trainer(base, tunable, examples(20), spec)) {
      while (trainer.step() < at) {
        interrupted.add(next(trainer));
      }
      Checkpoint.write(trainer, temp.resolve("half"));
    }
    try (BaseModel base = BaseModel.load(model);
        Trainer trainer = Checkpoint.read(temp.resolve("half")).resume(base, examples(20));
        Tunable _ = trainer.tunable()) {
      assertThat(trainer.step()).isEqualTo(at);
      while (!trainer.finished()) {
        interrupted.add(next(trainer));
      }
      Checkpoint.write(trainer, temp.resolve("resumed"));
      assertThat(trainer.course()).isEqualTo(undisturbedCourse);
      assertThat(trainer.course().evaluations()).hasSize(6);
    }
    assertThat(undisturbed).hasSize(12);
    assertThat(interrupted).isEqualTo(undisturbed);
    String weights = method.equals("full") ? "model" : "adapter_model";
    for (String file : List.of("tuned/" + weights + ".safetensors", "trainer.safetensors")) {
      assertThat(temp.resolve("resumed").resolve(file))
          .hasSameBinaryContentAs(temp.resolve("undisturbed").resolve(file));
    }
  }

  /** A step, after every other one an evaluation. */
  private static StepReport next(Trainer trainer) {
    StepReport report = trainer.next();
    if (report.step() % 2 == 0) {
      trainer.evaluate(examples(3));
    }
    return report;
  }

  @Test
  void restoringGoesBackToWhereItWasWritten() {
    try (BaseModel base = BaseModel.load(QWEN2);
        Tunable tunable = Methods.start("lora", options("lora"), base, 1);
        Trainer trainer = new Trainer(base, tunable, examples(20), SPEC)) {
      next(trainer);
      next(trainer);
      Checkpoint checkpoint = Checkpoint.write(trainer, temp.resolve("two"));
      Course course = trainer.course();
      StepReport third = next(trainer);
      next(trainer);
      checkpoint.restore(trainer);
      assertThat(trainer.step()).isEqualTo(2);
      assertThat(trainer.course()).isEqualTo(course);
      assertThat(next(trainer)).isEqualTo(third);
    }
  }

  @Test
  void dropoutReallyDrops() {
    try (BaseModel base = BaseModel.load(QWEN2)) {
      ObjectNode without = options("lora");
      without.put("lora_dropout", 0);
      List<Double> losses = new ArrayList<>();
      for (ObjectNode options : List.of(options("lora"), without)) {
        try (Tunable tunable = Methods.start("lora", options, base, SPEC.seed());
            Trainer trainer = new Trainer(base, tunable, examples(20), SPEC)) {
          StepReport last = trainer.next();
          while (!trainer.finished()) {
            last = trainer.next();
          }
          losses.add(last.loss());
        }
      }
      assertThat(losses.get(0)).isNotEqualTo(losses.get(1));
    }
  }

  @Test
  void refusesOtherExamplesAndOverwritingAndNoCheckpoint() throws IOException {
    try (BaseModel base = BaseModel.load(QWEN2);
        Tunable tunable = Methods.start("lora", options("lora"), base, 1);
        Trainer trainer = new Trainer(base, tunable, examples(20), SPEC)) {
      Path folder = temp.resolve("one");
      Checkpoint checkpoint = Checkpoint.write(trainer, folder);
      assertReason("CHECKPOINT_MISMATCH", () -> checkpoint.resume(base, examples(19)));
      assertReason("UNWRITABLE_FILE", () -> Checkpoint.write(trainer, folder));
      assertReason("MALFORMED_CHECKPOINT", () -> Checkpoint.read(temp));
      try (var files = Files.list(folder)) {
        assertThat(files.map(f -> f.getFileName().toString()))
            .containsExactlyInAnyOrder("state.json", "trainer.safetensors", "tuned");
      }
    }
  }

  @Test
  void refusesABaseThatIsHeldInAnotherPrecision() {
    try (BaseModel small = BaseModel.load(QWEN2, Precision.NF4);
        BaseModel whole = BaseModel.load(QWEN2);
        Tunable tunable = Methods.start("qlora", options("lora"), small, 1);
        Trainer trainer = new Trainer(small, tunable, examples(20), SPEC)) {
      Checkpoint checkpoint = Checkpoint.write(trainer, temp.resolve("one"));
      assertReason("CHECKPOINT_MISMATCH", () -> checkpoint.resume(whole, examples(20)));
      try (Trainer resumed = checkpoint.resume(small, examples(20));
          Tunable _ = resumed.tunable()) {
        assertThat(resumed.next()).isEqualTo(trainer.next());
      }
    }
  }

  private static void assertReason(String reason, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(Problem.class, p -> assertThat(p.reason()).isEqualTo(reason));
  }

  private static ObjectNode options(String method) {
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    switch (method) {
      case "lora" -> {
        options.put("r", 4).put("lora_alpha", 8).put("lora_dropout", 0.2);
        options.putArray("target_modules").add("q_proj").add("v_proj").add("down_proj");
      }
      case "p_tuning_v2" -> options.put("num_virtual_tokens", 4).put("prefix_projection", true);
      case "p_tuning" ->
          options
              .put("num_virtual_tokens", 3)
              .put("encoder_reparameterization_type", "LSTM")
              .put("encoder_hidden_size", 8)
              .put("encoder_dropout", 0.3);
      case "prompt_tuning" ->
          options.put("num_virtual_tokens", 3).put("prompt_tuning_init", "SAMPLE_VOCAB");
      default -> {}
    }
    return options;
  }

  private static List<TrainingExample> examples(int count) {
    SplittableRandom random = new SplittableRandom(3);
    List<TrainingExample> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] prompt = random.ints(random.nextInt(2, 9), 0, 600).toArray();
      int[] completion = random.ints(random.nextInt(1, 12), 0, 600).toArray();
      examples.add(TrainingExample.of(prompt, completion));
    }
    return examples;
  }
}
