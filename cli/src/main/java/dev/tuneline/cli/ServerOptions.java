package dev.tuneline.cli;

import picocli.CommandLine.Option;

/** Where the services answer. */
final class ServerOptions {
  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      defaultValue = "${TUNELINE_SERVER:-127.0.0.1:9090}",
      description = "gRPC address of the all-in-one, or of ingest (${DEFAULT-VALUE})")
  private String server = "";

  @Option(
      names = "--gateway",
      paramLabel = "HOST:PORT",
      defaultValue = "${TUNELINE_GATEWAY:-}",
      description = "gRPC address of inference-gateway where it runs apart (the server)")
  private String gateway = "";

  @Option(
      names = "--trainer",
      paramLabel = "HOST:PORT",
      defaultValue = "${TUNELINE_TRAINER:-}",
      description = "gRPC address of a trainer where it runs apart (the server)")
  private String trainer = "";

  Connection connect() {
    return new Connection(
        server, gateway.isEmpty() ? server : gateway, trainer.isEmpty() ? server : trainer);
  }
}
