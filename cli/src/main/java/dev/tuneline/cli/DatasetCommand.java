package dev.tuneline.cli;

import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.GetDatasetRequest;
import dev.tuneline.proto.v1.RowRejection;
import dev.tuneline.proto.v1.Upload;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows one dataset. */
@Command(
    name = "dataset",
    description = "Shows one dataset: rows, rejections, splits.",
    mixinStandardHelpOptions = true)
final class DatasetCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "DATASET", description = "the dataset's id")
  private String datasetId = "";

  @Mixin private ServerOptions server = new ServerOptions();

  DatasetCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Connection connection = server.connect()) {
      GetDatasetRequest request = GetDatasetRequest.newBuilder().setDatasetId(datasetId).build();
      Dataset dataset =
          connection
              .call(() -> Connection.timely(connection.datasets()).getDataset(request))
              .getDataset();
      terminal.line("dataset   " + dataset.getDatasetId() + "  " + dataset.getName());
      terminal.line("state     " + Tables.name(dataset.getState()));
      for (Upload upload : dataset.getUploadsList()) {
        terminal.line("file      " + upload.getFileName() + "  " + upload.getResult().getCharset());
        for (RowRejection rejection : upload.getResult().getFirstRejectionsList()) {
          terminal.line("  " + describe(rejection));
        }
      }
      for (DatasetVersion version : dataset.getVersionsList()) {
        terminal.line(
            "version "
                + version.getVersion()
                + " "
                + DatasetProgress.account(version.getAccount()));
        terminal.line("  " + DatasetProgress.splits(version));
      }
      if (dataset.hasProblem()) {
        terminal.line("problem   " + WireProblem.fromProto(dataset.getProblem()).describe());
      }
      return 0;
    }
  }

  private static String describe(RowRejection rejection) {
    String column = rejection.getColumn().isEmpty() ? "" : ", column " + rejection.getColumn();
    return "line "
        + rejection.getSource().getLine()
        + column
        + ": "
        + rejection.getReason()
        + ", "
        + rejection.getMessage();
  }
}
