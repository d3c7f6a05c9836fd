package dev.tuneline.cli;

import dev.tuneline.proto.v1.RemoveDeploymentRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Removes a deployment. */
@Command(
    name = "undeploy",
    description = "Stops serving a deployment.",
    mixinStandardHelpOptions = true)
final class UndeployCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "NAME", description = "the deployment's name")
  private String name = "";

  @Option(names = "--because", description = "the reason, for the record")
  private String because = "removed from the command line";

  @Mixin private ServerOptions server = new ServerOptions();

  UndeployCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Connection connection = server.connect()) {
      RemoveDeploymentRequest request =
          RemoveDeploymentRequest.newBuilder().setName(name).setBecause(because).build();
      var _ =
          connection.call(
              () -> Connection.timely(connection.deployments()).removeDeployment(request));
      terminal.line(name + " is no longer served");
      return 0;
    }
  }
}
