package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.Prefix;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Computing blocks again must change memory only. */
class GradientCheckpointingTest {
  private static final String MODEL = "models/qwen2-tied";

  @Test
  void loraWithDropoutTrainsToTheSameBits() {
    assertSameTraining("lora", lora("q_proj", "down_proj"), 0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dora          | {'r': 4, 'lora_dropout': 0.2, 'target_modules': ['v_proj', 'o_proj']}",
        "adalora       | {'init_r': 4, 'target_r': 2, 'total_step': 4, 'target_modules': ['v_proj',"
            + " 'up_proj']}",
        "ia3           | {}",
        "p_tuning_v2   | {'num_virtual_tokens': 5}",
        "p_tuning_v2   | {'num_virtual_tokens': 5, 'prefix_projection': true,"
            + " 'encoder_hidden_size': 24}",
        "p_tuning      | {'num_virtual_tokens': 5, 'encoder_hidden_size': 24}",
        "prompt_tuning | {'num_virtual_tokens': 5}"
      })
  void everyMethodTrainsTheSame(String method, String options) throws JsonProcessingException {
    String json = options.replace('\'', '"');
    assertSameTraining(method, (ObjectNode) new ObjectMapper().readTree(json), 1e-6);
  }

  @Test
  void gradientsEndAtTheLowestBlockWithAnAdapter() {
    try (BaseModel base = BaseModel.load(Fixtures.path(MODEL));
        Tunable tunable = Methods.start("lora", lora("v_proj"), base, 1)) {
      tunable.parameters().values().stream().limit(2).forEach(p -> p.setRequiresGradient(false));
      List<PtNDArray> upper = tunable.parameters().values().stream().skip(2).toList();
      List<float[]> plain = gradients(base, tunable.adaptation(), upper, false);
      assertEqual(gradients(base, tunable.adaptation(), upper, true), plain);
    }
  }

  @Test
  void fullTuningOfTiedWeightsGivesTheSameGradients() {
    assertSameTraining("full", JsonNodeFactory.instance.objectNode(), 1e-6);
  }

  @Test
  void aPrefixThatOneComputationMakesForAllLayersGetsItsGradients() {
    try (BaseModel base = BaseModel.load(Fixtures.path(MODEL));
        PtNDManager manager = Torch.newManager()) {
      ModelShape shape = base.shape();
      int width = shape.layers() * 2 * shape.kvHeads() * shape.headDim();
      PtNDArray rows = trained(manager, 3, 8);
      PtNDArray projection = trained(manager, width, 8);
      PtNDArray prompt = trained(manager, 2, shape.hidden());
      List<PtNDArray> parameters = List.of(rows, projection, prompt);
      List<float[]> plain = gradients(base, virtual(shape, parameters), parameters, false);
      List<float[]> again = gradients(base, virtual(shape, parameters), parameters, true);
      assertEqual(again, plain);
      assertThat(plain).allSatisfy(g -> assertThat(g).isNotEqualTo(new float[g.length]));
    }
  }

  /** Keys and values of all layers from one projection, and a prompt besides. */
  private static Adaptation virtual(ModelShape shape, List<PtNDArray> parameters) {
    return new Adaptation() {
      @Override
      public Prefix prefix() {
        PtNDArray all = JniUtils.tanh(JniUtils.linear(parameters.get(0), parameters.get(1), null));
        PtNDArray heads =
            JniUtils.reshape(
                all, new long[] {3, shape.layers() * 2L, shape.kvHeads(), shape.headDim()});
        NDList layers = JniUtils.split(JniUtils.transpose(heads, 0, 2), 1, 1);
        List<PtNDArray> keys = new ArrayList<>();
        List<PtNDArray> values = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
          (i % 2 == 0 ? keys : values).add(JniUtils.squeeze((PtNDArray) layers.get(i), 1));
        }
        return new Prefix(3, keys, values);
      }

      @Override
      public PtNDArray prompt() {
        return JniUtils.tanh(parameters.get(2));
      }
    };
  }

  private static PtNDArray trained(PtNDManager manager, int rows, int columns) {
    SplittableRandom random = new SplittableRandom(rows * 31L + columns);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    PtNDArray array = Tensors.ofFloats(manager, values, rows, columns);
    array.setRequiresGradient(true);
    return array;
  }

  private static List<float[]> gradients(
      BaseModel base, @Nullable Adaptation adaptation, List<PtNDArray> parameters, boolean again) {
    try (var _ = GradientMode.on();
        var _ = new Scope()) {
      PtNDArray one = Tensors.scalar(base.manager(), 1);
      CutPrefix cut = CutPrefix.of(adaptation);
      RotarySpan span = new RotarySpan(base.shape(), 0);
      LabelledBatch batch = LabelledBatch.of(examples(), cut == null ? adaptation : cut, span);
      batch.backward(base, one, again);
      if (cut != null) {
        cut.backward();
      }
      List<float[]> gradients =
          parameters.stream().map(p -> Tensors.floats(JniUtils.getGradient(p))).toList();
      parameters.forEach(JniUtils::zeroGrad);
      return gradients;
    }
  }

  private static void assertEqual(List<float[]> actual, List<float[]> expected) {
    for (int i = 0; i < expected.size(); i++) {
      float[] wanted = expected.get(i);
      double largest = 0;
      for (float value : wanted) {
        largest = Math.max(largest, Math.abs(value));
      }
      for (int j = 0; j < wanted.length; j++) {
        assertThat((double) actual.get(i)[j]).isEqualTo(wanted[j], within(1e-6 * largest));
      }
    }
  }

  private static void assertSameTraining(String method, ObjectNode options, double tolerance) {
    TrainingSpec spec = TrainingSpec.of(2, 4, 2, 1e-3, 5);
    List<StepReport> plain = train(method, options, spec);
    List<StepReport> again = train(method, options, spec.withGradientCheckpointing(true));
    assertThat(again).hasSameSizeAs(plain).hasSize(4);
    for (int i = 0; i < plain.size(); i++) {
      double loss = plain.get(i).loss();
      double norm = plain.get(i).gradNorm();
      assertThat(again.get(i).loss()).isEqualTo(loss, within(tolerance * loss));
      assertThat(again.get(i).gradNorm()).isEqualTo(norm, within(tolerance * norm));
    }
  }

  private static List<StepReport> train(String method, ObjectNode options, TrainingSpec spec) {
    List<StepReport> reports = new ArrayList<>();
    try (BaseModel base = BaseModel.load(Fixtures.path(MODEL));
        Tunable tunable = Methods.start(method, options, base, 1);
        Trainer trainer = new Trainer(base, tunable, examples(), spec)) {
      while (!trainer.finished()) {
        reports.add(trainer.next());
      }
    }
    return reports;
  }

  private static ObjectNode lora(String... targets) {
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    options.put("r", 4).put("lora_dropout", 0.2);
    Arrays.asList(targets).forEach(options.putArray("target_modules")::add);
    return options;
  }

  private static List<TrainingExample> examples() {
    SplittableRandom random = new SplittableRandom(11);
    return IntStream.range(0, 16)
        .mapToObj(_ -> TrainingExample.ofText(random.ints(12, 0, 600).toArray()))
        .toList();
  }
}
