package dev.tuneline.platform.service.probe;

import dev.tuneline.platform.service.Service;

/** The probe as a process. */
public final class ProbeMain {
  private ProbeMain() {}

  public static void main(String[] args) {
    Service.run(ProbeMain.class, "probe", args);
  }
}
