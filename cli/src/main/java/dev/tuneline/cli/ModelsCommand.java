package dev.tuneline.cli;

import dev.tuneline.proto.v1.ListModelsRequest;
import dev.tuneline.proto.v1.ServedModel;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists the models that are served. */
@Command(
    name = "models",
    description = "Lists what can be chatted with.",
    mixinStandardHelpOptions = true)
final class ModelsCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private ServerOptions server = new ServerOptions();

  ModelsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Connection connection = server.connect()) {
      ListModelsRequest request = ListModelsRequest.getDefaultInstance();
      Tables table = new Tables("MODEL", "BASE MODEL", "ADAPTER");
      for (ServedModel model :
          connection
              .call(() -> Connection.timely(connection.inference()).listModels(request))
              .getModelsList()) {
        table.row(model.getName(), model.getBaseModel(), Tables.shortId(model.getAdapterId()));
      }
      table.show(terminal);
      return 0;
    }
  }
}
