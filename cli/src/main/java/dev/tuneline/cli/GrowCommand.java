package dev.tuneline.cli;

import com.google.protobuf.util.Durations;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Cleaning;
import dev.tuneline.proto.v1.CreateDatasetRequest;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.Growth;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.RowMapping;
import dev.tuneline.proto.v1.SetDatasetGrowthRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says by which rules a dataset makes versions and jobs by itself. */
@Command(
    name = "grow",
    description = {
      "Has a dataset cut versions and request jobs by itself as rows come in as events.",
      "Without DATASET a new one is made; without a rule the rules that it has are ended."
    },
    mixinStandardHelpOptions = true)
final class GrowCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "DATASET", arity = "0..1", description = "the dataset's id")
  private @Nullable String datasetId;

  @Option(names = "--name", paramLabel = "NAME", description = "what a new dataset is called")
  private String name = "";

  @Option(
      names = "--recipe",
      paramLabel = "DIR",
      description = "a folder with a job.yaml; its dataset.growth, its mapping and its job count")
  private @Nullable Path recipe;

  @Option(names = "--cut-rows", paramLabel = "N", description = "cut after so many new rows")
  private @Nullable Long cutRows;

  @Option(
      names = "--cut-interval",
      paramLabel = "TIME",
      description = "cut when so long after the last cut there are new rows, e.g. PT1H or PT30M")
  private @Nullable Duration cutInterval;

  @Option(
      names = "--retrain-rows",
      paramLabel = "N",
      description =
          "train a version that has so many rows more than the one trained before; 0: all")
  private @Nullable Long retrainRows;

  @Mixin private JobOptions job = new JobOptions();
  @Mixin private MappingOptions mapping = new MappingOptions();
  @Mixin private ServerOptions server = new ServerOptions();

  GrowCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Recipe given = recipe == null ? null : Recipe.read(recipe);
    Growth growth = growth(given);
    try (Connection connection = server.connect()) {
      Dataset dataset =
          datasetId == null ? create(connection, given, growth) : set(connection, growth);
      terminal.line("dataset " + dataset.getDatasetId() + "  " + dataset.getName());
      return 0;
    }
  }

  private Growth growth(@Nullable Recipe given) {
    Growth.Builder growth = given == null ? Growth.newBuilder() : given.growth().toBuilder();
    if (cutRows != null) {
      growth.setCutRows(cutRows);
    }
    if (cutInterval != null) {
      growth.setCutInterval(Durations.fromMillis(cutInterval.toMillis()));
    }
    if (retrainRows != null) {
      growth.getRetrainBuilder().setEveryRows(retrainRows);
    }
    if (growth.hasRetrain()) {
      JobSpec spec = job.over(given == null ? JobSpec.getDefaultInstance() : given.spec());
      growth.getRetrainBuilder().setJob(spec);
    }
    return growth.build();
  }

  private Dataset create(Connection connection, @Nullable Recipe given, Growth growth) {
    String called = name.isEmpty() && given != null ? given.datasetName() : name;
    if (called.isEmpty()) {
      throw Problem.caller("MISSING_FIELD", "a new dataset has no name")
          .at(Problem.FIELD, "--name")
          .mend("add --name, or name a dataset by its id");
    }
    CreateDatasetRequest request =
        CreateDatasetRequest.newBuilder()
            .setName(called)
            .setMapping(
                mapping.over(given == null ? RowMapping.getDefaultInstance() : given.mapping()))
            .setCleaning(given == null ? Cleaning.getDefaultInstance() : given.cleaning())
            .setGrowth(growth)
            .setIdempotencyKey(UUID.randomUUID().toString())
            .build();
    return connection
        .call(() -> Connection.timely(connection.datasets()).createDataset(request))
        .getDataset();
  }

  private Dataset set(Connection connection, Growth growth) {
    SetDatasetGrowthRequest request =
        SetDatasetGrowthRequest.newBuilder()
            .setDatasetId(String.valueOf(datasetId))
            .setGrowth(growth)
            .build();
    return connection
        .call(() -> Connection.timely(connection.datasets()).setDatasetGrowth(request))
        .getDataset();
  }
}
