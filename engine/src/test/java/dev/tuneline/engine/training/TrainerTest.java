package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.generation.GenerationRequest;
import dev.tuneline.engine.generation.Generator;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  @Test
  void accumulatedMicroBatchesEqualTheWholeBatch() {
    List<StepReport> whole = train(TrainingSpec.of(2, 8, 1, 1e-3, 5));
    List<StepReport> accumulated = train(TrainingSpec.of(2, 2, 4, 1e-3, 5));
    assertThat(accumulated).hasSameSizeAs(whole).hasSize(4);
    for (int i = 0; i < whole.size(); i++) {
      assertThat(accumulated.get(i).loss()).isEqualTo(whole.get(i).loss(), within(1e-5));
      assertThat(accumulated.get(i).gradNorm()).isEqualTo(whole.get(i).gradNorm(), within(1e-4));
      assertThat(accumulated.get(i).labelTokens()).isEqualTo(whole.get(i).labelTokens());
    }
  }

  /** As transformers' Trainer does since it knows num_items_in_batch. */
  @Test
  void aStepsLossIsTheMeanOverItsTokensNotOverItsMicroBatches() {
    TrainingSpec spec = TrainingSpec.of(1, 2, 4, 1e-3, 5);
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable tunable = Methods.start("lora", lora(), base, 1);
        Trainer trainer = new Trainer(base, tunable, examples().subList(0, 8), spec)) {
      Validation all = Validation.of(base, tunable.adaptation(), examples().subList(0, 8), 8);

      StepReport step = trainer.next();

      assertThat(step.labelTokens()).isEqualTo(all.labelTokens());
      assertThat(step.loss()).isEqualTo(all.loss(), within(1e-5));
      double meanOfMeans =
          step.microLosses().stream().mapToDouble(Double::doubleValue).average().orElseThrow();
      assertThat(meanOfMeans).isNotCloseTo(all.loss(), within(1e-3));
    }
  }

  private static List<StepReport> train(TrainingSpec spec) {
    List<StepReport> reports = new ArrayList<>();
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable tunable = Methods.start("lora", lora(), base, 1);
        Trainer trainer = new Trainer(base, tunable, examples(), spec)) {
      while (!trainer.finished()) {
        reports.add(trainer.next());
      }
      assertThatThrownBy(trainer::next).isInstanceOf(IllegalStateException.class);
    }
    return reports;
  }

  @Test
  void aTrainerAndADecoderShareABaseWithoutSeeingEachOther()
      throws InterruptedException, ExecutionException {
    TrainingSpec spec = TrainingSpec.of(20, 4, 1, 1e-3, 5);
    int[] prompt = IntStream.range(0, 40).toArray();
    List<GenerationRequest> requests =
        Collections.nCopies(3, GenerationRequest.greedy(prompt, null, 60, Set.of()));
    List<StepReport> alone = train(spec);
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        ExecutorService threads =
            Executors.newFixedThreadPool(2, Thread.ofPlatform().name("tensor-", 0).factory())) {
      List<int[]> expected = new Generator(base).generate(requests);
      Future<List<StepReport>> training =
          threads.submit(
              () -> {
                List<StepReport> reports = new ArrayList<>();
                try (Tunable tunable = Methods.start("lora", lora(), base, 1);
                    Trainer trainer = new Trainer(base, tunable, examples(), spec)) {
                  while (!trainer.finished()) {
                    reports.add(trainer.next());
                  }
                }
                return reports;
              });
      Future<List<int[]>> decoding = threads.submit(() -> new Generator(base).generate(requests));
      assertThat(training.get()).isEqualTo(alone);
      for (int i = 0; i < expected.size(); i++) {
        assertThat(decoding.get().get(i)).containsExactly(expected.get(i));
      }
    }
  }

  @Test
  void stopsBeforeABrokenLossReachesTheParameters() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable tunable = Methods.start("lora", lora(), base, 1);
        Trainer trainer =
            new Trainer(base, tunable, examples(), TrainingSpec.of(1, 4, 1, 1e-3, 5))) {
      PtNDArray first = tunable.parameters().firstEntry().getValue();
      PtNDArray last = tunable.parameters().lastEntry().getValue();
      float[] broken = Tensors.floats(first);
      broken[0] = Float.NaN;
      Tensors.write(first, broken);
      float[] before = Tensors.floats(last);
      assertReason("LOSS_NOT_FINITE", trainer::next);
      assertThat(Tensors.floats(last)).containsExactly(before);
      assertThat(trainer.step()).isZero();
    }
  }

  @Test
  void stopsAnExplodingLossBeforeItReachesParametersOrMoments() {
    // From one step to the next all weights are blown up behind the trainer's back.
    TrainingSpec spec = TrainingSpec.of(2, 4, 1, 1e-3, 5).withMaxLossFactor(3);
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable tunable = Methods.start("full", JsonNodeFactory.instance.objectNode(), base, 1);
        Trainer trainer = new Trainer(base, tunable, examples(), spec)) {
      trainer.next();
      trainer.next();
      tunable.parameters().values().forEach(TrainerTest::blowUp);
      List<float[]> before = copies(tunable, trainer);
      Course course = trainer.course();
      assertThatThrownBy(trainer::next)
          .isInstanceOfSatisfying(
              Problem.class,
              problem -> {
                assertThat(problem.reason()).isEqualTo("LOSS_EXPLODED");
                assertThat(problem.details()).containsEntry("step", "3").containsKey("loss");
              });
      assertThat(copies(tunable, trainer)).usingRecursiveComparison().isEqualTo(before);
      assertThat(trainer.step()).isEqualTo(2);
      assertThat(trainer.course()).isEqualTo(course);
    }
  }

  @Test
  void aLossWithoutABoundMayExplode() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable tunable = Methods.start("full", JsonNodeFactory.instance.objectNode(), base, 1);
        Trainer trainer =
            new Trainer(base, tunable, examples(), TrainingSpec.of(2, 4, 1, 1e-3, 5))) {
      double loss = trainer.next().loss();
      tunable.parameters().values().forEach(TrainerTest::blowUp);
      assertThat(trainer.next().loss()).isGreaterThan(3 * loss);
    }
  }

  @Test
  void theScheduleFollowsTheEvaluations() {
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    options
        .put("patience", 0)
        .put("factor", 0.5)
        .put("threshold", 1e3)
        .put("threshold_mode", "abs");
    TrainingSpec spec =
        new TrainingSpec(
            1,
            0,
            4,
            1,
            OptimizerSpec.adamW(1e-3),
            new ScheduleSpec(ScheduleSpec.Kind.REDUCE_LR_ON_PLATEAU, 0, 0, options),
            TrainingSpec.LossMean.TOKENS,
            true,
            5);
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable tunable = Methods.start("lora", lora(), base, 1);
        Trainer trainer = new Trainer(base, tunable, examples(), spec)) {
      assertThat(trainer.next().learningRate()).isEqualTo(1e-3);
      Validation now = Validation.of(base, tunable.adaptation(), examples(), 4);
      assertThat(trainer.evaluate(examples()))
          .isEqualTo(new Evaluation(1, now.loss(), now.accuracy()));
      assertThat(trainer.next().learningRate()).isEqualTo(1e-3);
      trainer.evaluate(examples());
      assertThat(trainer.next().learningRate()).isEqualTo(5e-4);
      assertThat(trainer.course().evaluations()).hasSize(2);
    }
  }

  private static void blowUp(PtNDArray parameter) {
    float[] values = Tensors.floats(parameter);
    for (int i = 0; i < values.length; i++) {
      values[i] *= 10;
    }
    Tensors.write(parameter, values);
  }

  private static List<float[]> copies(Tunable tunable, Trainer trainer) {
    List<float[]> copies = new ArrayList<>();
    tunable.parameters().values().forEach(array -> copies.add(Tensors.floats(array)));
    trainer.moments().values().forEach(array -> copies.add(Tensors.floats(array)));
    return copies;
  }

  @Test
  void refusesExamplesThatCannotTrain() {
    int[] tooLong = new int[257];
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable tunable = Methods.start("lora", lora(), base, 1)) {
      assertRefused("NO_EXAMPLES", base, tunable, List.of());
      assertRefused(
          "NO_TRAINED_TOKEN",
          base,
          tunable,
          List.of(TrainingExample.of(new int[] {1, 2}, new int[0])));
      assertRefused(
          "NO_TRAINED_TOKEN", base, tunable, List.of(TrainingExample.ofText(new int[] {1})));
      assertRefused("EXAMPLE_TOO_LONG", base, tunable, List.of(TrainingExample.ofText(tooLong)));
      assertRefused(
          "TOKEN_OUT_OF_VOCABULARY",
          base,
          tunable,
          List.of(TrainingExample.ofText(new int[] {1, 608})));
    }
  }

  private static void assertRefused(
      String reason, BaseModel base, Tunable tunable, List<TrainingExample> examples) {
    TrainingSpec spec = TrainingSpec.of(1, 1, 1, 1e-3, 1);
    assertReason(reason, () -> new Trainer(base, tunable, examples, spec));
  }

  @Test
  void fullTuningFromFreshWeightsLearnsAndSavesAModel(@TempDir Path temp) {
    List<TrainingExample> text =
        Collections.nCopies(4, TrainingExample.ofText(new int[] {5, 9, 2, 7, 5, 9, 2, 7, 5, 9}));
    double before;
    double after;
    try (BaseModel base = BaseModel.initialise(Fixtures.path("models/qwen2-tied"), 3);
        Tunable tunable = Methods.start("full", JsonNodeFactory.instance.objectNode(), base, 3);
        Trainer trainer = new Trainer(base, tunable, text, TrainingSpec.of(40, 4, 1, 5e-3, 3))) {
      before = Validation.of(base, null, text, 4).loss();
      while (!trainer.finished()) {
        trainer.next();
      }
      after = Validation.of(base, null, text, 4).loss();
      tunable.save(temp);
    }
    assertThat(before).isGreaterThan(5);
    assertThat(after).isLessThan(0.5);
    try (BaseModel saved = BaseModel.load(temp)) {
      assertThat(Validation.of(saved, null, text, 4).loss()).isEqualTo(after);
      assertThat(temp.resolve("tokenizer.json")).exists();
      int[] next =
          new Generator(saved)
              .generate(List.of(GenerationRequest.greedy(new int[] {5, 9}, null, 4, Set.of())))
              .getFirst();
      assertThat(next).containsExactly(2, 7, 5, 9);
    }
  }

  private static void assertReason(String reason, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(Problem.class, p -> assertThat(p.reason()).isEqualTo(reason));
  }

  private static ObjectNode lora() {
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    options.put("r", 4).putArray("target_modules").add("v_proj").add("gate_proj");
    return options;
  }

  private static List<TrainingExample> examples() {
    SplittableRandom random = new SplittableRandom(11);
    return IntStream.range(0, 16)
        .mapToObj(
            _ -> {
              int[] ids = random.ints(random.nextInt(6, 20), 0, 600).toArray();
              int[] labels = ids.clone();
              Arrays.fill(labels, 0, 3, TrainingExample.IGNORED);
              return new TrainingExample(ids, labels);
            })
        .toList();
  }
}
