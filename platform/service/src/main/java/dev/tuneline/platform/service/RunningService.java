package dev.tuneline.platform.service;

import io.micronaut.context.ApplicationContext;
import io.micronaut.grpc.server.GrpcEmbeddedServer;
import io.micronaut.runtime.server.EmbeddedServer;
import java.net.URI;

/** A started service; closing it ends its servers first and then its beans. */
public final class RunningService implements AutoCloseable {
  private final String name;
  private final ApplicationContext context;
  private final EmbeddedServer http;
  private final long startedInMs;

  RunningService(String name, ApplicationContext context, EmbeddedServer http, long startedInMs) {
    this.name = name;
    this.context = context;
    this.http = http;
    this.startedInMs = startedInMs;
  }

  /** Where HTTP answers, e.g. {@code http://127.0.0.1:8080}. */
  public URI httpUri() {
    return URI.create("http://" + http.getHost() + ":" + http.getPort());
  }

  /** Where gRPC answers, as {@code host:port}. */
  public String grpcTarget() {
    GrpcEmbeddedServer grpc = context.getBean(GrpcEmbeddedServer.class);
    return grpc.getHost() + ":" + grpc.getPort();
  }

  /** A bean of the service, for mains and tests. */
  public <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  /** The one line that says that it is ready. */
  String announcement() {
    return "%s is ready after %.1f s: HTTP on %s, gRPC on %s"
        .formatted(name, startedInMs / 1_000.0, httpUri(), grpcTarget());
  }

  @Override
  public void close() {
    http.stop();
    context.close();
  }
}
