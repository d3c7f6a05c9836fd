package dev.tuneline.trainer;

import dev.tuneline.platform.service.Service;

/** The trainer as a process of its own. */
public final class TrainerMain {
  private TrainerMain() {}

  /** Runs until SIGTERM. */
  public static void main(String[] args) {
    Service.run(TrainerMain.class, "trainer", args);
  }
}
