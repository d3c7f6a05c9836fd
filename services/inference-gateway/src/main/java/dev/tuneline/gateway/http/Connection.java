package dev.tuneline.gateway.http;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import org.jspecify.annotations.Nullable;

/**
 * Tells when a client goes away. Micronaut cancels a body that is being streamed by itself, but not
 * a request that has no response yet.
 */
final class Connection {
  private final @Nullable ChannelFuture closing;
  private final ChannelFutureListener listener;

  private Connection(@Nullable ChannelFuture closing, Runnable gone) {
    this.closing = closing;
    this.listener = _ -> gone.run();
  }

  /** Runs {@code gone}, once, if the request's connection closes before {@link #forget}. */
  static Connection watch(HttpRequest<?> request, Runnable gone) {
    Connection connection =
        new Connection(
            request instanceof NettyHttpRequest<?> netty
                ? netty.getChannelHandlerContext().channel().closeFuture()
                : null,
            gone);
    if (connection.closing != null) {
      connection.closing.addListener(connection.listener);
    }
    return connection;
  }

  /** The response is whole: the connection may serve others now. */
  void forget() {
    if (closing != null) {
      closing.removeListener(listener);
    }
  }
}
