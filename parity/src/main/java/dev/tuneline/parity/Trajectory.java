package dev.tuneline.parity;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.training.StepReport;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.TrainingSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A short training run, compared step by step. */
final class Trajectory {
  private static final Set<String> DOCUMENT =
      Set.of(
          "name",
          "base_model",
          "peft_config",
          "init",
          "seed",
          "versions",
          "hyper",
          "batches",
          "after_training_eval",
          "mean_of_means",
          "token_mean",
          "hf_trainer_check_token_mean");
  private static final Set<String> RUN =
      Set.of("steps", "first_step_unclipped_gradient", "final_weight_summary", "fp64_check");

  private final Checks checks;
  private final Path root;
  private final Path file;
  private final JsonNode document;
  private final Convention convention;
  private final JsonNode run;
  private final Hyperparameters hyper;

  Trajectory(Checks checks, Path root, Path file, JsonNode document, Convention convention) {
    this.checks = checks;
    this.root = root;
    this.file = file;
    this.document = document;
    this.convention = convention;
    this.run = Json.field(document, convention.field());
    this.hyper = new Hyperparameters(Json.field(document, "hyper"));
  }

  void check() throws Exception {
    nameUnknown(document, DOCUMENT);
    nameUnknown(run, RUN);
    JsonNode batches = Json.field(document, "batches");
    List<TrainingExample> examples = new ArrayList<>();
    batches.forEach(batch -> examples.addAll(Expectations.examples(batch)));
    TrainingSpec spec = hyper.spec(batches, convention);
    try (BaseModel base = ModelCases.load(root, Json.text(document, "base_model"));
        Tunable tunable = tunable(base)) {
      startAt(tunable);
      decays(tunable);
      try (Trainer trainer = new Trainer(base, tunable, examples, spec)) {
        steps(trainer);
      }
      double rounding = run.at("/fp64_check/max_abs_final_weight_diff").asDouble(0);
      new TrainedWeights(checks, tunable, isFull(), rounding)
          .check(run, sibling(".final"), convention);
      if (convention == Convention.MEAN_OF_MEANS) {
        savedAdapter(tunable);
        evaluation(base, tunable);
      }
    }
  }

  private void nameUnknown(JsonNode node, Set<String> known) {
    Json.names(node).stream()
        .filter(name -> !known.contains(name))
        .forEach(name -> checks.unchecked("unknown field " + name));
  }

  private boolean isFull() {
    return document.path("peft_config").isNull() || document.path("peft_config").isMissingNode();
  }

  private Tunable tunable(BaseModel base) {
    return isFull()
        ? Methods.start("full", JsonNodeFactory.instance.objectNode(), base, 0)
        : Methods.startAs(document.path("peft_config"), base, 0);
  }

  private Path sibling(String part) {
    String name = Folders.name(file);
    return file.resolveSibling(name.substring(0, name.length() - 5) + part + ".safetensors");
  }

  /** Sets the parameters to what the reference started from. */
  private void startAt(Tunable tunable) {
    if (isFull()) {
      return;
    }
    try (SafetensorsFile initial = SafetensorsFile.open(sibling(".initial"))) {
      Map<String, PtNDArray> parameters = ParameterNames.of(tunable);
      Map<String, String> stored = ParameterNames.of(initial);
      checks.names("trained parameters", parameters.keySet(), stored.keySet());
      parameters.forEach(
          (name, array) -> {
            if (stored.containsKey(name)) {
              Tensors.write(array, initial.floats(stored.get(name)));
            }
          });
    }
  }

  private void decays(Tunable tunable) {
    Set<String> exempt =
        tunable.parameters().keySet().stream()
            .filter(name -> !tunable.decays(name))
            .map(ParameterNames::plain)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> expected =
        Json.field(document, "hyper")
            .path("no_decay_parameters")
            .valueStream()
            .map(name -> ParameterNames.plain(name.asText()))
            .collect(Collectors.toCollection(TreeSet::new));
    checks.names("no_decay_parameters", exempt, expected);
  }

  private void steps(Trainer trainer) {
    JsonNode steps = Json.field(run, "steps");
    checks.same("optimizer steps", trainer.totalSteps(), steps.size());
    for (JsonNode expected : steps) {
      if (trainer.finished()) {
        return;
      }
      StepReport report = trainer.next();
      step(trainer, report, expected);
      if (report.step() == 1) {
        new FirstGradient(checks, trainer, report.gradNorm(), hyper)
            .check(run.path("first_step_unclipped_gradient"));
      }
    }
  }

  private void step(Trainer trainer, StepReport report, JsonNode expected) {
    String step = "step %d ".formatted(report.step());
    expected
        .properties()
        .forEach(
            field -> {
              JsonNode value = field.getValue();
              double number = value.asDouble();
              String what = step + field.getKey();
              switch (field.getKey()) {
                case "step" -> checks.same(what, report.step(), value.intValue());
                case "loss" -> checks.close(what, report.loss(), number, Tolerances.LOSS);
                case "grad_norm" ->
                    checks.close(
                        what, report.gradNorm(), number, Tolerances.GRADIENT_NORM * number);
                case "lr" ->
                    checks.close(what, report.learningRate(), number, Tolerances.LEARNING_RATE);
                case "lr_after_step" ->
                    checks.close(what, rateAfter(trainer), number, Tolerances.LEARNING_RATE);
                case "micro_loss" ->
                    checks.close(
                        what,
                        report.microLosses().stream().mapToDouble(Double::doubleValue).toArray(),
                        Json.doubles(value),
                        Tolerances.LOSS);
                case "num_label_tokens" ->
                    checks.same(what, report.labelTokens(), Arrays.stream(Json.ints(value)).sum());
                case "param_l2" ->
                    checks.close(
                        what,
                        l2(trainer.tunable()),
                        number,
                        isFull() ? Tolerances.FULL_WEIGHTS : 10 * Tolerances.ADAPTER_WEIGHTS);
                case "epoch", "micro_batches" -> {}
                default -> checks.unchecked("unknown field steps." + field.getKey());
              }
            });
  }

  private static double rateAfter(Trainer trainer) {
    double peak = trainer.spec().optimizer().learningRate();
    return trainer.spec().schedule().rate(trainer.step(), trainer.totalSteps(), peak);
  }

  private static double l2(Tunable tunable) {
    double squares = 0;
    for (PtNDArray parameter : tunable.parameters().values()) {
      for (float value : Tensors.floats(parameter)) {
        squares += (double) value * value;
      }
    }
    return Math.sqrt(squares);
  }

  /** What is saved of the trained adapter, where that is not the parameters themselves. */
  private void savedAdapter(Tunable tunable) throws Exception {
    Path expected = sibling(".final_adapter_model");
    if (!Files.exists(expected)) {
      return;
    }
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      tunable.save(folder.path());
      try (SafetensorsFile wanted = SafetensorsFile.open(expected);
          SafetensorsFile saved =
              SafetensorsFile.open(folder.path().resolve("adapter_model.safetensors"))) {
        checks.names("saved adapter", saved.tensors().keySet(), wanted.tensors().keySet());
        for (String name : wanted.tensors().keySet()) {
          if (saved.tensors().containsKey(name)) {
            checks.close(
                "saved " + name,
                Json.doubles(saved.floats(name)),
                Json.doubles(wanted.floats(name)),
                Tolerances.ADAPTER_WEIGHTS);
          }
        }
      }
    }
  }

  private void evaluation(BaseModel base, Tunable tunable) {
    JsonNode evaluation = document.path("after_training_eval");
    if (evaluation.isMissingNode() || evaluation.isNull()) {
      return;
    }
    JsonNode expected = Json.field(evaluation, "logits_last_first32");
    float[] last =
        new Forward(base, tunable.adaptation())
            .last(Json.ints(Json.field(evaluation, "input_ids")));
    checks.close(
        "after_training_eval",
        Arrays.copyOf(last, expected.size()),
        expected,
        10 * Tolerances.LOGITS);
  }
}
