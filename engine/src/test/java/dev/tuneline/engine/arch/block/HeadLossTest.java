package dev.tuneline.engine.arch.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.DropoutMasks;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.AdaptedRows;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.TokenScore;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Loss and gradients of a part after the other against those of all logits at once. */
class HeadLossTest {
  private static final int ROWS = 11;
  private static final int ALL = ROWS;
  private static final int FEW = 3;

  /** Loss, then the gradients. */
  private record Result(float loss, List<float[]> gradients) {}

  @ParameterizedTest
  @EnumSource(Precision.class)
  void aFrozenHeadGivesTheSame(Precision precision) {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-untied"), precision)) {
      Result plain = run(base, null, List.of(), ALL, false);
      assertSame(run(base, null, List.of(), FEW, false), plain);
      assertSame(run(base, null, List.of(), FEW, true), plain);
      assertSame(run(base, null, List.of(), ALL, true), plain);
    }
  }

  @Test
  void aTrainedHeadGivesTheSame() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable full = Methods.start("full", new ObjectMapper().createObjectNode(), base, 1)) {
      List<PtNDArray> trained =
          List.of(full.parameters().get(base.decoder().embedding().weightName()));
      Result plain = run(base, null, trained, ALL, false);
      assertSame(run(base, null, trained, FEW, true), plain);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void anAdaptedHeadWithDropoutGivesTheSame(Precision precision) throws IOException {
    assertSameAdapted(
        precision, "{'r': 4, 'init_lora_weights': false, 'target_modules': ['lm_head']}");
  }

  @Test
  void aHeadOfModulesToSaveGivesTheSame() throws IOException {
    assertSameAdapted(
        Precision.FP32, "{'target_modules': ['q_proj'], 'modules_to_save': ['lm_head']}");
  }

  private static void assertSameAdapted(Precision precision, String options) throws IOException {
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(options.replace('\'', '"'));
    json.put("lora_dropout", 0.2);
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-untied"), precision);
        Tunable tunable = Methods.start("lora", json, base, 1)) {
      List<PtNDArray> trained =
          tunable.parameters().entrySet().stream()
              .filter(e -> e.getKey().contains("lm_head"))
              .map(Map.Entry::getValue)
              .toList();
      assertThat(trained).isNotEmpty();
      Adaptation adaptation = tunable.adaptation(new DropoutMasks(1, 2, 3));
      Result plain = run(base, adaptation, trained, ALL, false);
      assertSame(run(base, adaptation, trained, FEW, true), plain);
    }
  }

  /** Also says that values alone give the same sum. */
  private static Result run(
      BaseModel base,
      @Nullable Adaptation adaptation,
      List<PtNDArray> trained,
      int atOnce,
      boolean kernel) {
    PtNDManager manager = base.manager();
    Linear head = base.decoder().linears().lastEntry().getValue();
    SplittableRandom random = new SplittableRandom(5);
    int[] targets = random.ints(ROWS, 0, head.out()).toArray();
    try (var _ = GradientMode.on();
        var _ = new Scope()) {
      float[] values = new float[ROWS * head.in()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian() / 4;
      }
      PtNDArray x = Tensors.ofFloats(manager, values, ROWS, head.in());
      x.setRequiresGradient(true);
      HeadLoss loss = new HeadLoss(head, rows(adaptation), targets, atOnce, kernel);
      PtNDArray two = Tensors.scalar(manager, 2);
      float sum = Tensors.only(loss.backward(JniUtils.mul(x, two), Tensors.scalar(manager, 0.3)));
      List<float[]> gradients = new ArrayList<>(List.of(Tensors.floats(JniUtils.getGradient(x))));
      trained.forEach(p -> gradients.add(Tensors.floats(JniUtils.getGradient(p))));
      trained.forEach(JniUtils::zeroGrad);
      try (var _ = GradientMode.off()) {
        TokenScore score = loss.score(JniUtils.mul(x, two));
        assertThat(score.loss()).isEqualTo(sum, within(1e-6 * sum));
        float[] logits = Tensors.floats(head.apply(JniUtils.mul(x, two), rows(adaptation)));
        int[] likeliest = likeliest(logits, head.out());
        HeadLoss right = new HeadLoss(head, rows(adaptation), likeliest, atOnce, kernel);
        assertThat(right.score(JniUtils.mul(x, two)).hits()).isEqualTo(ROWS);
        likeliest[1] = (likeliest[1] + 1) % head.out();
        HeadLoss wrong = new HeadLoss(head, rows(adaptation), likeliest, atOnce, kernel);
        assertThat(wrong.score(JniUtils.mul(x, two)).hits()).isEqualTo(ROWS - 1);
      }
      return new Result(sum, gradients);
    }
  }

  private static int[] likeliest(float[] logits, int width) {
    return IntStream.range(0, logits.length / width)
        .map(
            row ->
                IntStream.range(0, width)
                    .reduce(0, (a, b) -> logits[row * width + b] > logits[row * width + a] ? b : a))
        .toArray();
  }

  private static AdaptedRows rows(@Nullable Adaptation adaptation) {
    Batch.Builder batch = Batch.builder().sequence(new int[ROWS], null, adaptation);
    for (int i = 0; i < ROWS; i++) {
      batch.logitsAfter(i);
    }
    return batch.build().askedRows();
  }

  private static void assertSame(Result actual, Result expected) {
    assertThat(actual.loss()).isEqualTo(expected.loss(), within(1e-6f * expected.loss()));
    for (int i = 0; i < expected.gradients().size(); i++) {
      assertThat(distance(actual.gradients().get(i), expected.gradients().get(i))).isLessThan(1e-6);
    }
  }

  /** The L2 norm of the difference, in parts of the expected one's. */
  private static double distance(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow((double) actual[i] - expected[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    assertThat(norm).isPositive();
    return Math.sqrt(difference / norm);
  }
}
