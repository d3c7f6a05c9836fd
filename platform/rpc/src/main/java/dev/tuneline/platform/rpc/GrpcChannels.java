package dev.tuneline.platform.rpc;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import java.util.concurrent.TimeUnit;

/** Makes every gRPC channel, so that limits and keep-alive are set in one place. */
public final class GrpcChannels {
  /** The largest message that a client or a server of ours takes. */
  public static final int MAX_MESSAGE_BYTES = 16 << 20;

  private GrpcChannels() {}

  /**
   * A channel to a server, connected on first use; closing it is the caller's turn.
   *
   * @param target {@code host:port} or any gRPC name
   */
  public static ManagedChannel open(String target) {
    return open(target, InsecureChannelCredentials.create());
  }

  /** As {@link #open}, with TLS and the certificate authorities of the platform. */
  public static ManagedChannel openTls(String target) {
    return open(target, TlsChannelCredentials.create());
  }

  private static ManagedChannel open(String target, ChannelCredentials credentials) {
    return Grpc.newChannelBuilder(target, credentials)
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .keepAliveTime(5, TimeUnit.MINUTES)
        .build();
  }
}
