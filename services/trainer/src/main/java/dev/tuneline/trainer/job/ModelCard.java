package dev.tuneline.trainer.job;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.tuneline.engine.tensor.Torch;
import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitShards;
import dev.tuneline.proto.v1.TrainingProgress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The README.md of an adapter's folder: the front matter that PEFT writes and model hubs read, then
 * what somebody must know who wants to judge the adapter or to make it again.
 */
final class ModelCard {
  /** A string that YAML takes as one without quotes. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9._/-]*");

  private static final String UNMEASURED = "no validation split";

  private ModelCard() {}

  /**
   * Writes it.
   *
   * @param adapter what the folder is called and made of; its {@code folder} is not looked at
   */
  static void write(Path folder, Adapter adapter, Job job, TrainingProgress progress) {
    JobSpec spec = job.getSpec();
    String method = spec.getMethod().name().substring("METHOD_".length()).toLowerCase(Locale.ROOT);
    String base = spec.getBaseModel();
    String text =
        """
        ---
        base_model: %s
        library_name: peft
        pipeline_tag: text-generation
        tags:
        - %s
        - %s
        - transformers
        - tuneline
        ---

        # %s

        %s adapter for the base model `%s`, made by Tuneline.

        %s
        ## Use

        ```python
        from peft import PeftModel
        from transformers import AutoModelForCausalLM

        base = AutoModelForCausalLM.from_pretrained("%s")
        model = PeftModel.from_pretrained(base, "this folder")
        ```

        `trainer_state.json` holds the log of every step, `runs/` the same for TensorBoard.

        ## Job

        ```json
        %s
        ```
        """
            .formatted(
                yaml(base),
                yaml("base_model:adapter:" + base),
                method,
                spec.getSuffix().isEmpty() ? base + " adapter" : spec.getSuffix(),
                method,
                base,
                table(facts(adapter, job, progress)),
                base,
                json(spec));
    try {
      Files.writeString(folder.resolve("README.md"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, String> facts(Adapter adapter, Job job, TrainingProgress progress) {
    JobSpec spec = job.getSpec();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("adapter id", code(adapter.getAdapterId()));
    facts.put("base model digest", code(adapter.getBaseDigest()));
    facts.put("chat template digest", code(adapter.getTemplateDigest()));
    facts.put(
        "dataset", "%s, version %d".formatted(code(spec.getDatasetId()), spec.getDatasetVersion()));
    for (SplitShards split : job.getShardsList()) {
      String name = name(split.getSplit()) + " split";
      facts.put(
          name,
          "%d examples, %d tokens, %d of them trained, %d examples cut"
              .formatted(
                  split.getExamples(),
                  split.getTokens(),
                  split.getTrainedTokens(),
                  split.getTruncatedExamples()));
      facts.put(name + "'s digest, tokenised", code(split.getFile().getSha256()));
    }
    facts.put("optimizer steps", String.valueOf(progress.getStep()));
    facts.put("epochs", number(progress.getEpoch()));
    facts.put("seed", String.valueOf(spec.getTraining().getSeed()));
    facts.put("train loss, last step", number(progress.getLoss()));
    boolean measured = progress.hasValidationLoss();
    double loss = progress.getValidationLoss();
    facts.put("validation loss", measured ? number(loss) : UNMEASURED);
    facts.put("validation perplexity", measured ? number(Math.exp(loss)) : UNMEASURED);
    facts.put(
        "validation accuracy by token",
        measured ? number(progress.getValidationAccuracy()) : UNMEASURED);
    facts.put(
        "trained parameters",
        "%d of %d".formatted(progress.getTrainableParameters(), progress.getTotalParameters()));
    facts.put(
        "made with",
        "Tuneline %s, libtorch %s on %s, Java %s"
            .formatted(version(), Torch.version(), Torch.deviceName(), Runtime.version()));
    return facts;
  }

  private static String table(Map<String, String> facts) {
    return facts.entrySet().stream()
        .map(fact -> "| %s | %s |\n".formatted(fact.getKey(), fact.getValue()))
        .collect(Collectors.joining("", "| what | value |\n|---|---|\n", ""));
  }

  private static String name(Split split) {
    return split.name().substring("SPLIT_".length()).toLowerCase(Locale.ROOT);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6f", value);
  }

  private static String code(String text) {
    return '`' + text + '`';
  }

  private static String yaml(String text) {
    return PLAIN.matcher(text.replace(':', '.')).matches() ? text : '"' + text + '"';
  }

  private static String version() {
    String version = ModelCard.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private static String json(JobSpec spec) {
    try {
      return JsonFormat.printer().print(spec);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a spec holds no Any that could be unknown", e);
    }
  }
}
