package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.DropoutMasks;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The backward block by block gives the gradients that autograd gives of one whole forward. */
class BackwardTest {
  private static final double TOLERANCE = 1e-5;

  /** Sums in another order round to other numbers, which the next layer rounds again. */
  private static final double BF16_TOLERANCE = 1.0 / 64;

  /** The sum of losses and the gradients of all parameters. */
  private record Result(double loss, List<float[]> gradients) {}

  @ParameterizedTest
  @ValueSource(
      strings = {"qwen2-tied", "llama", "mistral", "gpt2", "bloom", "chatglm3", "qwen3", "glm"})
  void ofEveryArchitecture(String model) throws JsonProcessingException {
    assertSame(model, Precision.FP32, "lora", "{'target_modules': 'all-linear'}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lora | {'target_modules': ['v_proj']}",
        "lora | {'target_modules': ['o_proj', 'gate_proj'], 'rank_pattern': {'gate_proj': 2}}",
        "lora | {'target_modules': 'all-linear', 'lora_dropout': 0.3}",
        "lora | {'target_modules': ['q_proj', 'up_proj'], 'layers_to_transform': [1]}",
        "lora | {'target_modules': ['q_proj'], 'bias': 'all'}",
        "lora | {'target_modules': ['q_proj'], 'modules_to_save': ['embed_tokens', 'lm_head']}",
        "lora | {'target_modules': ['q_proj', 'embed_tokens']}",
        "dora | {'target_modules': ['q_proj', 'down_proj']}",
        "adalora | {'init_r': 4, 'target_r': 2, 'total_step': 9, 'target_modules': ['v_proj']}",
        "ia3 | {}",
        "p_tuning_v2 | {'num_virtual_tokens': 3, 'prefix_projection': true}",
        "p_tuning | {'num_virtual_tokens': 3}",
        "full | {}"
      },
      quoteCharacter = '"')
  void ofEveryMethod(String method, String options) throws JsonProcessingException {
    assertSame("qwen2-untied", Precision.FP32, method, options);
  }

  @Test
  void overFewerBits() throws JsonProcessingException {
    assertSame("qwen2-tied", Precision.BF16, "lora", "{'target_modules': 'all-linear'}");
    assertSame("gpt2", Precision.BF16, "lora", "{'target_modules': 'all-linear'}");
    assertSame("qwen2-tied", Precision.NF4, "qlora", "{'target_modules': 'all-linear'}");
  }

  private static void assertSame(String model, Precision precision, String method, String options)
      throws JsonProcessingException {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/" + model), precision);
        Tunable tunable =
            Methods.start(
                method, new ObjectMapper().readTree(options.replace('\'', '"')), base, 1)) {
      tunable.parameters().values().forEach(BackwardTest::fill);
      double tolerance = precision == Precision.BF16 ? BF16_TOLERANCE : TOLERANCE;
      Result whole = autograd(base, tunable);
      for (boolean recomputed : new boolean[] {false, true}) {
        Result own = blockwise(base, tunable, recomputed);
        assertThat(own.loss()).isEqualTo(whole.loss(), within(tolerance * whole.loss()));
        for (int i = 0; i < whole.gradients().size(); i++) {
          assertClose(own.gradients().get(i), whole.gradients().get(i), tolerance);
        }
      }
    }
  }

  private static void assertClose(float[] actual, float[] expected, double tolerance) {
    double largest = 0;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertThat(largest).isPositive();
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).isEqualTo(expected[i], within(tolerance * largest));
    }
  }

  /** Factors that begin as zeros would hide what reaches the others. */
  private static void fill(PtNDArray parameter) {
    float[] values = Tensors.floats(parameter);
    SplittableRandom random = new SplittableRandom(values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) (0.05 * random.nextGaussian());
    }
    Tensors.write(parameter, values);
  }

  private static Result autograd(BaseModel base, Tunable tunable) {
    try (var _ = GradientMode.on();
        var _ = new Scope()) {
      RotarySpan span = new RotarySpan(base.shape(), 0);
      LabelledBatch batch = LabelledBatch.of(examples(), adaptation(tunable), span);
      PtNDArray logits = base.decoder().forward(batch.batch());
      PtNDArray probabilities = JniUtils.logSoftmax(logits, -1, DataType.FLOAT32);
      int[] targets = batch.targets().stream().mapToInt(Integer::intValue).toArray();
      PtNDArray index = JniUtils.unsqueeze(Tensors.ofIndices(base.manager(), targets), 1);
      PtNDArray loss = JniUtils.neg(JniUtils.sum(JniUtils.gather(probabilities, index, 1)));
      JniUtils.backward(loss, Tensors.scalar(base.manager(), 0.5), false, false);
      return result(loss, tunable);
    }
  }

  private static Result blockwise(BaseModel base, Tunable tunable, boolean recomputed) {
    try (var _ = GradientMode.on();
        var _ = new Scope()) {
      @Nullable Adaptation adaptation = adaptation(tunable);
      @Nullable CutPrefix cut = CutPrefix.of(adaptation);
      RotarySpan span = new RotarySpan(base.shape(), 0);
      LabelledBatch batch = LabelledBatch.of(examples(), cut == null ? adaptation : cut, span);
      PtNDArray loss = batch.backward(base, Tensors.scalar(base.manager(), 0.5), recomputed);
      if (cut != null) {
        cut.backward();
      }
      return result(loss, tunable);
    }
  }

  private static @Nullable Adaptation adaptation(Tunable tunable) {
    return tunable.adaptation(new DropoutMasks(3, 1, 0));
  }

  private static Result result(PtNDArray loss, Tunable tunable) {
    List<PtNDArray> parameters = List.copyOf(tunable.parameters().values());
    List<float[]> gradients =
        parameters.stream().map(p -> Tensors.floats(JniUtils.getGradient(p))).toList();
    parameters.forEach(JniUtils::zeroGrad);
    return new Result(Tensors.only(loss), gradients);
  }

  /** Two of one length and one of another, prompts masked; the window of models that have one. */
  private static List<TrainingExample> examples() {
    SplittableRandom random = new SplittableRandom(17);
    return IntStream.of(21, 21, 9)
        .mapToObj(
            length -> {
              int[] ids = random.ints(length, 0, 500).toArray();
              int[] labels = ids.clone();
              Arrays.fill(labels, 0, 4, TrainingExample.IGNORED);
              return new TrainingExample(ids, labels);
            })
        .toList();
  }
}
