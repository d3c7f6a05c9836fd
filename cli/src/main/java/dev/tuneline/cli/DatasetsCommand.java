package dev.tuneline.cli;

import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.ListDatasetsRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists datasets. */
@Command(name = "datasets", description = "Lists datasets.", mixinStandardHelpOptions = true)
final class DatasetsCommand implements Callable<Integer> {
  private static final int MAX_DATASETS = 1000;

  private final Terminal terminal;

  @Mixin private ServerOptions server = new ServerOptions();

  DatasetsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Connection connection = server.connect()) {
      Tables table = new Tables("DATASET", "NAME", "STATE", "VERSION", "EXAMPLES", "CREATED");
      String page = "";
      int shown = 0;
      do {
        ListDatasetsRequest request = ListDatasetsRequest.newBuilder().setPageToken(page).build();
        var answer =
            connection.call(() -> Connection.timely(connection.datasets()).listDatasets(request));
        for (Dataset dataset : answer.getDatasetsList()) {
          DatasetVersion newest = DatasetProgress.newest(dataset);
          table.row(
              dataset.getDatasetId(),
              dataset.getName(),
              Tables.name(dataset.getState()),
              Integer.toString(newest.getVersion()),
              Figures.count(newest.getAccount().getKept()),
              Tables.time(dataset.getCreatedAt()));
          shown++;
        }
        page = answer.getNextPageToken();
      } while (!page.isEmpty() && shown < MAX_DATASETS);
      table.show(terminal);
      return 0;
    }
  }
}
