package dev.tuneline.platform.embedded;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports of this machine's loopback interface. */
final class Ports {
  static final String LOOPBACK = "127.0.0.1";

  private static final InetAddress LOOPBACK_ADDRESS = InetAddress.ofLiteral(LOOPBACK);

  private Ports() {}

  /** A port that was free a moment ago. */
  static int free() {
    try (ServerSocket socket = bind(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw Problem.ours("NO_FREE_PORT", "this machine has no free port", e);
    }
  }

  static int freeOtherThan(int taken) {
    int port = free();
    return port == taken ? freeOtherThan(taken) : port;
  }

  static int requireFree(int port, String what) {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("not a port: " + port);
    }
    try (ServerSocket socket = bind(port)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw Problem.caller("PORT_IN_USE", what + " cannot listen on port " + port)
          .at("port", port)
          .mend("stop the process that uses the port, or choose another")
          .causedBy(e);
    }
  }

  private static ServerSocket bind(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    try {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(LOOPBACK_ADDRESS, port));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
