package dev.tuneline.evaluator;

import dev.tuneline.platform.service.Service;

/** The evaluator as a process of its own. */
public final class EvaluatorMain {
  private EvaluatorMain() {}

  /** Runs until SIGTERM. */
  public static void main(String[] args) {
    Service.run(EvaluatorMain.class, "evaluator", args);
  }
}
