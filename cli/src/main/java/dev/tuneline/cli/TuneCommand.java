package dev.tuneline.cli;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Cleaning;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.RowMapping;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Uploads a file, tunes a model on it and follows the job to its end. */
@Command(
    name = "tune",
    description = "Tunes a base model on a file, an earlier dataset or a recipe.",
    mixinStandardHelpOptions = true)
final class TuneCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "FILE", arity = "0..1", description = "a CSV file")
  private @Nullable Path file;

  @Option(names = "--recipe", paramLabel = "DIR", description = "a folder with a job.yaml")
  private @Nullable Path recipe;

  @Option(names = "--dataset", paramLabel = "ID", description = "a dataset that is there already")
  private @Nullable String datasetId;

  @Option(names = "--detach", description = "do not wait for the job's end")
  private boolean detach;

  @Option(
      names = "--dry-run",
      description = "show what the job would take, and refuse it if it cannot fit; starts nothing")
  private boolean dryRun;

  @Mixin private JobOptions job = new JobOptions();
  @Mixin private MappingOptions mapping = new MappingOptions();
  @Mixin private ServerOptions server = new ServerOptions();

  TuneCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Recipe given = recipe == null ? null : Recipe.read(recipe);
    JobSpec spec = job.over(given == null ? JobSpec.getDefaultInstance() : given.spec());
    if (spec.getBaseModel().isEmpty()) {
      throw Problem.caller("MISSING_FIELD", "no base model is named")
          .at(Problem.FIELD, "--model")
          .mend("add --model, e.g. --model tiny-chat");
    }
    try (Connection connection = server.connect();
        Stages stages = new Stages(terminal, Commands.clock())) {
      Work work = new Work(connection, stages, Commands.clock());
      if (datasetId == null) {
        work.check(spec);
      }
      JobSpec complete = spec.toBuilder().setDatasetId(dataset(work, given)).build();
      if (dryRun) {
        new DryRun(connection, terminal).show(complete);
        return 0;
      }
      Job started = work.request(complete);
      terminal.line("job " + started.getJobId());
      if (detach) {
        terminal.line("follow it with ./tuneline watch " + started.getJobId());
        return 0;
      }
      Job finished = work.finish(started.getJobId());
      EvaluationTable.show(finished.getEvaluation(), terminal);
      return 0;
    }
  }

  private String dataset(Work work, @Nullable Recipe given) {
    if (datasetId != null) {
      return datasetId;
    }
    Path data = file != null ? file : given == null ? null : given.file();
    if (data == null) {
      throw Problem.caller("MISSING_FIELD", "no data is named")
          .at(Problem.FIELD, "FILE")
          .mend("name a CSV file, --dataset ID or --recipe DIR");
    }
    RowMapping columns =
        mapping.over(given == null ? RowMapping.getDefaultInstance() : given.mapping());
    String name = given == null ? "" : given.datasetName();
    Cleaning cleaning = given == null ? Cleaning.getDefaultInstance() : given.cleaning();
    Dataset dataset = work.dataset(data, name, columns, cleaning);
    terminal.line("dataset " + dataset.getDatasetId());
    terminal.line(
        "rows    " + DatasetProgress.account(DatasetProgress.newest(dataset).getAccount()));
    terminal.line("splits  " + DatasetProgress.splits(DatasetProgress.newest(dataset)));
    return dataset.getDatasetId();
  }
}
