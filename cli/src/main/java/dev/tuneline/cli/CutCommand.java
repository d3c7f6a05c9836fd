package dev.tuneline.cli;

import dev.tuneline.proto.v1.CutDatasetRequest;
import dev.tuneline.proto.v1.Dataset;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Makes the rows so far one version. */
@Command(
    name = "cut",
    description = "Makes the rows that a dataset has so far one version.",
    mixinStandardHelpOptions = true)
final class CutCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "DATASET", description = "the dataset's id")
  private String datasetId = "";

  @Mixin private ServerOptions server = new ServerOptions();

  CutCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    CutDatasetRequest request = CutDatasetRequest.newBuilder().setDatasetId(datasetId).build();
    try (Connection connection = server.connect()) {
      Dataset dataset =
          connection
              .call(() -> Connection.timely(connection.datasets()).cutDataset(request))
              .getDataset();
      terminal.line(dataset.getDatasetId() + " version " + dataset.getCutVersion());
      return 0;
    }
  }
}
