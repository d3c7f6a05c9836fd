package dev.tuneline.cli;

import dev.tuneline.proto.v1.ImportFileRequest;
import dev.tuneline.proto.v1.ImportFileResponse;
import dev.tuneline.proto.v1.RowMapping;
import dev.tuneline.proto.v1.UploadHeader;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Adds a file that the server fetches itself. */
@Command(
    name = "import",
    description = "Adds a file that the server fetches itself; tune it with --dataset.",
    mixinStandardHelpOptions = true)
final class ImportCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(
      paramLabel = "URI",
      description = "file:///folder/rows.csv on the server, below one of its import roots")
  private String uri = "";

  @Option(names = "--dataset", paramLabel = "ID", description = "add to this one (a new one)")
  private String datasetId = "";

  @Option(names = "--keep-open", description = "do not cut a version")
  private boolean keepOpen;

  @Mixin private MappingOptions mapping = new MappingOptions();
  @Mixin private ServerOptions server = new ServerOptions();

  ImportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    ImportFileRequest request =
        ImportFileRequest.newBuilder()
            .setUri(uri)
            .setHeader(
                UploadHeader.newBuilder()
                    .setDatasetId(datasetId)
                    .setMapping(mapping.over(RowMapping.getDefaultInstance()))
                    .setCut(!keepOpen)
                    .setIdempotencyKey(UUID.randomUUID().toString()))
            .build();
    try (Connection connection = server.connect()) {
      ImportFileResponse response =
          connection.call(() -> connection.datasets().importFile(request));
      terminal.line("dataset " + response.getDataset().getDatasetId());
      terminal.line(
          "rows    %s read, %s rejected"
              .formatted(
                  Figures.count(response.getResult().getRowsPublished()),
                  Figures.count(response.getResult().getRowsRejected())));
      return 0;
    }
  }
}
