package dev.tuneline.cli;

import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.DeploymentStatus;
import dev.tuneline.proto.v1.DeploymentTarget;
import dev.tuneline.proto.v1.ListDeploymentsRequest;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists deployments. */
@Command(
    name = "deployments",
    description = "Lists deployments and whether they answer.",
    mixinStandardHelpOptions = true)
final class DeploymentsCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private ServerOptions server = new ServerOptions();

  DeploymentsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Connection connection = server.connect()) {
      ListDeploymentsRequest request = ListDeploymentsRequest.getDefaultInstance();
      Tables table = new Tables("DEPLOYMENT", "STATE", "BASE MODEL", "TARGETS", "PROBLEM");
      for (DeploymentStatus status :
          connection
              .call(() -> Connection.timely(connection.deployments()).listDeployments(request))
              .getStatusesList()) {
        table.row(
            status.getDeployment().getName(),
            Tables.name(status.getState()),
            status.getDeployment().getBaseModel(),
            status.getDeployment().getTargetsList().stream()
                .map(DeploymentsCommand::describe)
                .collect(Collectors.joining(", ")),
            status.hasProblem() ? WireProblem.fromProto(status.getProblem()).describe() : "");
      }
      table.show(terminal);
      return 0;
    }
  }

  private static String describe(DeploymentTarget target) {
    String adapter =
        target.hasAdapter() ? Tables.shortId(target.getAdapter().getAdapterId()) : "base";
    return adapter + " " + target.getWeightPercent() + "%";
  }
}
