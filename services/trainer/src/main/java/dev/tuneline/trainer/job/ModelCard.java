package dev.tuneline.trainer.job;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.tuneline.engine.tensor.Torch;
import dev.tuneline.proto.v1.ArtifactRef;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.TrainingProgress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The README.md of an adapter's folder, with the front matter that model hubs read. It says nothing
 * that differs between two runs of one job, so equal adapters have equal folders.
 */
final class ModelCard {
  private ModelCard() {}

  static void write(
      Path folder,
      String adapterId,
      Job job,
      ArtifactRef trainShard,
      String baseDigest,
      TrainingProgress progress) {
    JobSpec spec = job.getSpec();
    String method = spec.getMethod().name().substring("METHOD_".length()).toLowerCase(Locale.ROOT);
    String text =
        String.format(
            Locale.ROOT,
            """
            ---
            library_name: peft
            base_model: %s
            pipeline_tag: text-generation
            tags:
            - %s
            - tuneline
            ---

            # %s

            A %s adapter for the base model `%s`, made by Tuneline.

            | what | value |
            |---|---|
            | adapter id | `%s` |
            | base model digest | `%s` |
            | dataset | `%s`, version %d |
            | digest of the tokenised train split | `%s` |
            | optimizer steps | %d |
            | seed | %d |
            | train loss, last step | %.6f |
            | validation loss | %s |
            | trained parameters | %d of %d |
            | made with | Tuneline %s, libtorch %s |

            ## Job

            ```json
            %s
            ```
            """,
            spec.getBaseModel(),
            method,
            spec.getSuffix().isEmpty() ? spec.getBaseModel() + " adapter" : spec.getSuffix(),
            method,
            spec.getBaseModel(),
            adapterId,
            baseDigest,
            spec.getDatasetId(),
            spec.getDatasetVersion(),
            trainShard.getSha256(),
            progress.getStep(),
            spec.getTraining().getSeed(),
            progress.getLoss(),
            progress.hasValidationLoss()
                ? String.format(Locale.ROOT, "%.6f", progress.getValidationLoss())
                : "no validation split",
            progress.getTrainableParameters(),
            progress.getTotalParameters(),
            version(),
            Torch.version(),
            json(spec));
    try {
      Files.writeString(folder.resolve("README.md"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
