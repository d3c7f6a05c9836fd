package dev.tuneline.platform.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Sends one inline command and gives the first line of the answer, or of a bulk answer's text. */
final class RedisClient {
  private RedisClient() {}

  static String call(int port, String command) throws IOException {
    try (Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
      socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      String first = String.valueOf(in.readLine());
      return first.startsWith("$") && !first.equals("$-1") ? String.valueOf(in.readLine()) : first;
    }
  }
}
