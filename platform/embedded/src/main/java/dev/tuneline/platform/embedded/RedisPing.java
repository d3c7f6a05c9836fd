package dev.tuneline.platform.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits until a Redis that was just started answers PING. */
final class RedisPing {
  private static final int ATTEMPT_TIMEOUT_MS = 500;
  private static final int PAUSE_MS = 20;
  private static final byte[] PING = "PING\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PONG = "+PONG".getBytes(StandardCharsets.US_ASCII);

  private RedisPing() {}

  static void await(Process process, int port, Duration timeout) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!answers(port)) {
      if (System.nanoTime() > deadline) {
        throw new IOException("no answer in " + timeout);
      }
      try {
        if (process.waitFor(PAUSE_MS, TimeUnit.MILLISECONDS)) {
          throw new IOException("it ended with exit code " + process.exitValue());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }

  /** False while it is not there yet or still reads its data ({@code -LOADING}). */
  private static boolean answers(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.ofLiteral(Ports.LOOPBACK), port), ATTEMPT_TIMEOUT_MS);
      socket.setSoTimeout(ATTEMPT_TIMEOUT_MS);
      socket.getOutputStream().write(PING);
      InputStream in = socket.getInputStream();
      return java.util.Arrays.equals(in.readNBytes(PONG.length), PONG);
    } catch (IOException e) {
      return false;
    }
  }
}
