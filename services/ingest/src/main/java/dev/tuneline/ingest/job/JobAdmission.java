package dev.tuneline.ingest.job;

import static dev.tuneline.ingest.job.Numbers.outOfRange;

import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.sweep.Sweep;
import dev.tuneline.platform.service.ModelFolders;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobSpecOrBuilder;
import dev.tuneline.proto.v1.LoraSpec;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.Precision;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Checks what a job is asked to do and fills in every default, the same for each door that a
 * request comes through. A completed spec passes unchanged.
 */
public final class JobAdmission {
  private static final Pattern SUFFIX = Pattern.compile("[A-Za-z0-9_-]{0,64}");
  private static final Pattern DEPLOYMENT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern MODULE = Pattern.compile("[A-Za-z0-9_.]{1,128}");
  private static final int MAX_MODULES = 64;
  private static final int MAX_PRIORITY = 100;

  /** The methods that {@code spec.lora} belongs to. */
  private static final Set<Method> LORA =
      EnumSet.of(
          Method.METHOD_LORA,
          Method.METHOD_RSLORA,
          Method.METHOD_DORA,
          Method.METHOD_ADALORA,
          Method.METHOD_QLORA);

  private final Function<String, Optional<Dataset>> datasets;
  private final ModelFolders models;
  private final Set<Method> methods;

  /**
   * @param datasets a dataset by its id, current at the time of the call
   * @param methods those that this installation trains
   */
  public JobAdmission(
      Function<String, Optional<Dataset>> datasets, ModelFolders models, Set<Method> methods) {
    this.datasets = datasets;
    this.models = models;
    this.methods = Set.copyOf(methods);
  }

  /**
   * The spec with its defaults.
   *
   * @throws Problem of the caller that names the first field that is wrong, such as {@code
   *     spec.training.learning_rate}
   */
  public JobSpec complete(JobSpec asked) {
    return complete(asked, true);
  }

  /**
   * What {@link #complete} gives, for a job whose dataset may not be there yet: without a {@code
   * dataset_id} all else is checked.
   */
  public JobSpec check(JobSpec asked) {
    return complete(asked, !asked.getDatasetId().isBlank());
  }

  private JobSpec complete(JobSpec asked, boolean ofDataset) {
    if (asked.hasSweep()) {
      return completeSweep(asked, ofDataset);
    }
    JobSpec.Builder spec = asked.toBuilder();
    if (ofDataset) {
      completeDataset(spec);
    }
    int context = models.contextTokens(asked.getBaseModel(), "spec.base_model");
    completeMethod(spec);
    completePrecision(spec);
    if (PromptNumbers.trains(spec.getMethod())) {
      PromptNumbers.complete(spec.getPromptBuilder(), context);
      context -= spec.getPrompt().getVirtualTokens();
    } else {
      completeLora(spec);
    }
    completeTraining(spec, context);
    checkNames(asked);
    if (ofDataset) {
      prepared(spec).ifPresent(version -> SplitNeeds.require(spec.build(), version));
    }
    if (Math.abs(asked.getPriority()) > MAX_PRIORITY) {
      throw outOfRange("spec.priority", "%d to %d".formatted(-MAX_PRIORITY, MAX_PRIORITY))
          .at("given", asked.getPriority());
    }
    return spec.build();
  }

  /**
   * A sweep's job keeps the fields of its trials as they were asked for, since a default may follow
   * from what a trial sets; the spec of each trial is completed by itself.
   */
  private JobSpec completeSweep(JobSpec asked, boolean ofDataset) {
    JobSpec alone = complete(asked.toBuilder().clearSweep().build(), ofDataset);
    JobSpec spec =
        asked.toBuilder()
            .setDatasetVersion(alone.getDatasetVersion())
            .setMethod(alone.getMethod())
            .setSweep(Sweep.complete(asked.getSweep()))
            .build();
    if (ofDataset) {
      prepared(spec).ifPresent(version -> SplitNeeds.require(spec, version));
    }
    trials(spec, ofDataset);
    return spec;
  }

  /**
   * The trials of a job that was completed, with every default filled in.
   *
   * @throws Problem as {@link #complete} does, with the parameters of the trial
   */
  public List<Sweep.Trial> trials(JobSpec spec) {
    return trials(spec, true);
  }

  private List<Sweep.Trial> trials(JobSpec spec, boolean ofDataset) {
    List<Sweep.Trial> trials = new ArrayList<>();
    for (Sweep.Trial trial : Sweep.trials(spec)) {
      try {
        trials.add(new Sweep.Trial(complete(trial.spec(), ofDataset), trial.parameters()));
      } catch (Problem problem) {
        throw problem.at("trial", trial.parameters());
      }
    }
    return trials;
  }

  private void completeDataset(JobSpec.Builder spec) {
    String id = spec.getDatasetId();
    if (id.isBlank()) {
      throw Problem.caller("MISSING_FIELD", "the job names no dataset")
          .at(Problem.FIELD, "spec.dataset_id")
          .mend("give the id of a dataset");
    }
    Dataset dataset =
        datasets
            .apply(id)
            .orElseThrow(
                () ->
                    Problem.caller("DATASET_NOT_FOUND", "there is no dataset of the given id")
                        .at(Problem.FIELD, "spec.dataset_id")
                        .mend("use an id that CreateDataset or UploadFile returned"));
    if (dataset.getState() == DatasetState.DATASET_STATE_FAILED) {
      throw Problem.caller(
              "DATASET_FAILED",
              "dataset %s cannot be used: %s".formatted(id, dataset.getProblem().getMessage()))
          .at(Problem.FIELD, "spec.dataset_id")
          .at("dataset_reason", dataset.getProblem().getReason())
          .mend("upload the rows again, mended, as a new dataset");
    }
    if (dataset.getCutVersion() == 0) {
      throw Problem.caller("DATASET_NOT_READY", "dataset " + id + " has no version yet")
          .at(Problem.FIELD, "spec.dataset_id")
          .mend("cut the dataset first");
    }
    if (spec.getDatasetVersion() < 0 || spec.getDatasetVersion() > dataset.getCutVersion()) {
      throw Problem.caller(
              "DATASET_VERSION_NOT_FOUND",
              "dataset %s has no version %d".formatted(id, spec.getDatasetVersion()))
          .at(Problem.FIELD, "spec.dataset_version")
          .mend("give 1 to %d, or 0 for the newest".formatted(dataset.getCutVersion()));
    }
    if (spec.getDatasetVersion() == 0) {
      spec.setDatasetVersion(dataset.getCutVersion());
    }
  }

  /** The job's version of its dataset, once that is prepared. */
  private Optional<DatasetVersion> prepared(JobSpecOrBuilder spec) {
    return datasets.apply(spec.getDatasetId()).stream()
        .flatMap(dataset -> dataset.getVersionsList().stream())
        .filter(version -> version.getVersion() == spec.getDatasetVersion())
        .findFirst();
  }

  private void completeMethod(JobSpec.Builder spec) {
    if (spec.getMethod() == Method.METHOD_UNSPECIFIED) {
      spec.setMethod(Method.METHOD_LORA);
    }
    if (!methods.contains(spec.getMethod())) {
      throw Problem.caller(
              "METHOD_NOT_SUPPORTED",
              spec.getMethod() == Method.METHOD_FULL
                  ? "full tuning makes a model, and jobs make adapters: these are compared and"
                      + " served over one base model"
                  : "no trainer here knows the method")
          .at(Problem.FIELD, "spec.method")
          .mend("use one of " + methods.stream().map(Enum::name).sorted().toList());
    }
  }

  private static void completePrecision(JobSpec.Builder spec) {
    Precision needed =
        switch (spec.getMethod()) {
          case METHOD_QLORA -> Precision.PRECISION_NF4;
          case METHOD_FULL -> Precision.PRECISION_FP32;
          default -> spec.getPrecision();
        };
    switch (spec.getPrecision()) {
      case PRECISION_UNSPECIFIED ->
          spec.setPrecision(
              needed == Precision.PRECISION_UNSPECIFIED ? Precision.PRECISION_FP32 : needed);
      case PRECISION_FP32, PRECISION_BF16, PRECISION_NF4 -> {
        if (spec.getPrecision() != needed) {
          throw outOfRange("spec.precision", needed + " with " + spec.getMethod());
        }
      }
      case UNRECOGNIZED -> throw outOfRange("spec.precision", "a known precision");
    }
    if (!spec.getTraining().hasGradientCheckpointing()) {
      spec.getTrainingBuilder()
          .setGradientCheckpointing(spec.getPrecision() == Precision.PRECISION_NF4);
    }
  }

  private static void completeLora(JobSpec.Builder spec) {
    if (!LORA.contains(spec.getMethod())) {
      if (!spec.getLora().equals(LoraSpec.getDefaultInstance())) {
        throw Problem.caller(
                "OPTIONS_OF_ANOTHER_METHOD", spec.getMethod() + " has none of LoRA's options")
            .at(Problem.FIELD, "spec.lora")
            .mend("give the method's own options in spec.method_options");
      }
      spec.clearLora();
      return;
    }
    var lora = spec.getLoraBuilder();
    Numbers numbers = new Numbers(lora, "spec.lora.");
    numbers.whole("r", 8, 1, 1_024);
    numbers.number("alpha", 2.0 * lora.getR(), 1e-6, 65_536);
    numbers.fraction("dropout", 0);
    if (lora.getTargetModulesCount() > MAX_MODULES) {
      throw outOfRange("spec.lora.target_modules", "at most " + MAX_MODULES + " names");
    }
    for (String module : lora.getTargetModulesList()) {
      if (!MODULE.matcher(module).matches()) {
        throw outOfRange("spec.lora.target_modules", "module names such as q_proj");
      }
    }
  }

  private static void completeTraining(JobSpec.Builder spec, int context) {
    var training = spec.getTrainingBuilder();
    Numbers numbers = new Numbers(training, "spec.training.");
    numbers.number("learning_rate", 1e-3, 1e-9, 1);
    numbers.number("epochs", 3, 1e-3, 1_000);
    numbers.wholeOrUnset("max_steps", 1, 10_000_000);
    numbers.whole("micro_batch_size", 8, 1, 1_024);
    numbers.whole("gradient_accumulation_steps", 1, 1, 1_024);
    numbers.fraction("weight_decay", 0);
    numbers.number("max_grad_norm", 1, 0, 1e6);
    if (!training.hasSeed()) {
      training.setSeed(42);
    }
    numbers.whole("cutoff_tokens", context, 1, context);
    numbers.whole("checkpoint_steps", 25, 1, 1_000_000);
    ScheduleNumbers.complete(training);
    LoopNumbers.complete(training);
  }

  private static void checkNames(JobSpec asked) {
    String deployment = asked.getDeployment().getName();
    if (!deployment.isEmpty() && !DEPLOYMENT.matcher(deployment).matches()) {
      throw outOfRange(
          "spec.deployment.name", "1 to 64 letters, digits, '.', '-' or '_', a letter first");
    }
    if (deployment.equals(asked.getBaseModel())) {
      throw outOfRange("spec.deployment.name", "another name than the base model's");
    }
    if (!SUFFIX.matcher(asked.getSuffix()).matches()) {
      throw outOfRange("spec.suffix", "at most 64 letters, digits, '-' or '_'");
    }
  }
}
