package dev.tuneline.gateway;

import dev.tuneline.platform.service.Service;

/** The inference-gateway as a process of its own. */
public final class GatewayMain {
  private GatewayMain() {}

  /** Runs until SIGTERM. */
  public static void main(String[] args) {
    Service.run(GatewayMain.class, "inference-gateway", args);
  }
}
