package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Examples that share a forward train as if each had its own. */
class PackingTest {
  /** The sum of losses and the gradients of all parameters. */
  private record Result(double loss, List<float[]> gradients) {}

  @ParameterizedTest
  @ValueSource(
      strings = {"qwen2-tied", "llama", "mistral", "gpt2", "bloom", "chatglm3", "qwen3", "glm"})
  void packedEqualsUnpacked(String model) {
    Path folder = Fixtures.path("models/" + model);
    List<TrainingExample> examples = examples(3);
    try (BaseModel base = BaseModel.load(folder);
        Tunable tunable = Methods.start("lora", options(), base, 1)) {
      Result packed = run(base, tunable, List.of(examples));
      Result unpacked = run(base, tunable, examples.stream().map(List::of).toList());
      assertThat(packed.loss()).isEqualTo(unpacked.loss(), within(1e-5 * unpacked.loss()));
      for (int i = 0; i < packed.gradients().size(); i++) {
        float[] wanted = unpacked.gradients().get(i);
        double largest = 0;
        for (float value : wanted) {
          largest = Math.max(largest, Math.abs(value));
        }
        assertThat(largest).isPositive();
        for (int j = 0; j < wanted.length; j++) {
          double actual = packed.gradients().get(i)[j];
          assertThat(actual).isEqualTo(wanted[j], within(1e-5 * largest));
        }
      }
    }
  }

  @Test
  void whatIsBesideAnExampleDoesNotMatter() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable tunable = Methods.start("lora", options(), base, 1)) {
      TrainingExample untrained =
          new TrainingExample(new int[] {4, 5, 6}, new int[] {-100, -100, 6});
      TrainingExample other = new TrainingExample(new int[] {40, 50, 6}, new int[] {-100, -100, 6});
      TrainingExample own = examples(1).getFirst();
      double beside = run(base, tunable, List.of(List.of(untrained, own))).loss();
      double besideOther = run(base, tunable, List.of(List.of(other, own))).loss();
      double first = run(base, tunable, List.of(List.of(untrained))).loss();
      double firstOther = run(base, tunable, List.of(List.of(other))).loss();
      assertThat(Math.abs(first - firstOther)).isGreaterThan(1e-3);
      assertThat(beside - first).isEqualTo(besideOther - firstOther, within(1e-5 * beside));
    }
  }

  @Test
  void theSameSeedGivesTheSameAdapter(@TempDir Path temp) throws IOException {
    List<Path> folders = new ArrayList<>();
    for (long seed : new long[] {7, 7, 8}) {
      Path folder = Files.createDirectory(temp.resolve("adapter-" + folders.size()));
      try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
          Tunable tunable = Methods.start("lora", options(), base, seed);
          Trainer trainer =
              new Trainer(base, tunable, examples(12), TrainingSpec.of(2, 2, 2, 1e-2, seed))) {
        while (!trainer.finished()) {
          trainer.next();
        }
        tunable.save(folder);
      }
      folders.add(folder.resolve("adapter_model.safetensors"));
    }
    assertThat(folders.get(1)).hasSameBinaryContentAs(folders.get(0));
    assertThat(Files.readAllBytes(folders.get(2))).isNotEqualTo(Files.readAllBytes(folders.get(0)));
  }

  private static Result run(
      BaseModel base, Tunable tunable, List<List<TrainingExample>> microBatches) {
    double loss = 0;
    try (var _ = GradientMode.on();
        var _ = new Scope()) {
      for (List<TrainingExample> microBatch : microBatches) {
        PtNDArray one = Tensors.scalar(base.manager(), 1);
        LabelledBatch batch =
            LabelledBatch.of(microBatch, tunable.adaptation(), new RotarySpan(base.shape(), 0));
        loss += Tensors.only(batch.backward(base, one, false));
      }
      List<PtNDArray> parameters = List.copyOf(tunable.parameters().values());
      List<float[]> gradients =
          parameters.stream().map(p -> Tensors.floats(JniUtils.getGradient(p))).toList();
      parameters.forEach(JniUtils::zeroGrad);
      return new Result(loss, gradients);
    }
  }

  private static ObjectNode options() {
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    return options.put("r", 4).put("init_lora_weights", false).put("target_modules", "all-linear");
  }

  private static List<TrainingExample> examples(int count) {
    SplittableRandom random = new SplittableRandom(21);
    return IntStream.range(0, count)
        .mapToObj(
            _ -> {
              int[] ids = random.ints(random.nextInt(8, 30), 0, 500).toArray();
              int[] labels = ids.clone();
              Arrays.fill(labels, 0, 4, TrainingExample.IGNORED);
              return new TrainingExample(ids, labels);
            })
        .toList();
  }
}
