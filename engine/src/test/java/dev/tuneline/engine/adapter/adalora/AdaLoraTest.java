package dev.tuneline.engine.adapter.adalora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.adapter.module.ModuleAdapter;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.checkpoint.Checkpoint;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
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
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training equals PEFT's, with {@code update_and_allocate} after each of 32 steps. */
class AdaLoraTest {
  private static final Path FOLDER = Path.of("src/test/resources/adalora");

  @TempDir Path temp;

  @Test
  void givesUpTheSameRanksAsPeft() throws IOException {
    JsonNode expected = new ObjectMapper().readTree(FOLDER.resolve("trajectory.json").toFile());
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable tunable = start(expected, base);
        Trainer trainer = new Trainer(base, tunable, examples(), spec())) {
      assertThat(tunable.count().trained()).isEqualTo(expected.path("trainable").longValue());
      assertThat(tunable.count().total()).isEqualTo(expected.path("total").longValue());
      for (JsonNode step : expected.path("steps")) {
        StepReport report = trainer.next();
        double norm = step.path("grad_norm").doubleValue();
        assertThat(report.loss()).isEqualTo(step.path("loss").doubleValue(), within(1e-4));
        assertThat(report.gradNorm()).isEqualTo(norm, within(1e-4 * norm));
        for (AdaLoraLinear linear : linears(tunable)) {
          int ranks = step.path("ranks").path(linear.module()).asInt(6);
          assertThat(linear.keptFlags().stream().filter(kept -> kept))
              .as("step %d of %s", report.step(), linear.module())
              .hasSize(ranks);
        }
        if (report.step() == 14) {
          Checkpoint.write(trainer, temp.resolve("half"));
        }
      }
      for (AdaLoraLinear linear : linears(tunable)) {
        List<Boolean> kept = new ArrayList<>();
        expected
            .path("rank_pattern")
            .path(linear.module() + ".lora_E")
            .forEach(flag -> kept.add(flag.booleanValue()));
        assertThat(linear.keptFlags()).as(linear.module()).isEqualTo(kept);
      }
      requireEqual(tunable, FOLDER.resolve("final.safetensors"));
      Path whole = Files.createDirectory(temp.resolve("whole"));
      tunable.save(whole);
      requireSameAfterResuming(base, whole);
    }
  }

  private void requireSameAfterResuming(BaseModel base, Path whole) throws IOException {
    Path again = Files.createDirectory(temp.resolve("again"));
    try (Trainer trainer = Checkpoint.read(temp.resolve("half")).resume(base, examples());
        Tunable resumed = trainer.tunable()) {
      while (!trainer.finished()) {
        trainer.next();
      }
      resumed.save(again);
    }
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      assertThat(again.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
  }

  @Test
  void exportsAPlainLora() throws IOException {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        ModuleAdapter adapter =
            (ModuleAdapter) Methods.load(Fixtures.path("adapters/qwen2-tied-adalora"), base)) {
      AdaLora.exportLora(adapter, temp);
      try (var lora = Methods.load(temp, base)) {
        assertThat(lora.method()).isEqualTo("lora");
        int[] ids = {1, 20, 300, 40, 5};
        assertThat(logits(base, lora, ids))
            .containsExactly(logits(base, adapter, ids), within(1e-5f));
      }
    }
  }

  @Test
  void refusesAScheduleThatLeavesNoStepToPrune() throws IOException {
    JsonNode options = new ObjectMapper().readTree("{\"tinit\": 20, \"tfinal\": 12}");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable tunable = Methods.start("adalora", options, base, 1)) {
      assertThatThrownBy(() -> new Trainer(base, tunable, examples(), spec()).close())
          .isInstanceOfSatisfying(
              Problem.class, p -> assertThat(p.details()).containsEntry(Problem.FIELD, "tinit"));
    }
  }

  private static float[] logits(
      BaseModel base, dev.tuneline.engine.arch.Adaptation adapter, int[] ids) {
    Batch batch = Batch.builder().sequence(ids, null, adapter).logitsAfter(ids.length - 1).build();
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      return Tensors.floats(base.decoder().forward(batch));
    }
  }

  private static List<AdaLoraLinear> linears(Tunable tunable) {
    return AdaLoraConfig.linears(((ModuleAdapter) tunable).modules());
  }

  private static Tunable start(JsonNode expected, BaseModel base) {
    Tunable tunable = Methods.start("adalora", expected.path("peft_config"), base, 0);
    try (var file = SafetensorsFile.open(FOLDER.resolve("initial.safetensors"))) {
      tunable.parameters().forEach((name, array) -> Tensors.write(array, file.floats(name)));
    }
    return tunable;
  }

  private static void requireEqual(Tunable tunable, Path weights) {
    try (var file = SafetensorsFile.open(weights)) {
      assertThat(file.tensors().keySet()).hasSameSizeAs(tunable.parameters().keySet());
      tunable
          .parameters()
          .forEach(
              (name, array) ->
                  assertThat(Tensors.floats(array))
                      .as(name)
                      .containsExactly(file.floats(name), within(1e-4f)));
    }
  }

  private static TrainingSpec spec() {
    return new TrainingSpec(
        8,
        0,
        2,
        2,
        new OptimizerSpec(1e-2, 0.9, 0.999, 1e-8, 0.01, 1),
        new ScheduleSpec(ScheduleSpec.Kind.COSINE, 2, 0),
        TrainingSpec.LossMean.MICRO_BATCHES,
        false,
        0);
  }

  private static List<TrainingExample> examples() {
    List<TrainingExample> examples = new ArrayList<>();
    for (JsonNode batch : Fixtures.json("train/qwen2-tied-lora.json").path("batches")) {
      for (int row = 0; row < batch.path("input_ids").size(); row++) {
        int length = 0;
        for (JsonNode real : batch.path("attention_mask").get(row)) {
          length += real.intValue();
        }
        examples.add(
            new TrainingExample(
                Arrays.copyOf(Fixtures.ints(batch.path("input_ids").get(row)), length),
                Arrays.copyOf(Fixtures.ints(batch.path("labels").get(row)), length)));
      }
    }
    return examples;
  }
}
