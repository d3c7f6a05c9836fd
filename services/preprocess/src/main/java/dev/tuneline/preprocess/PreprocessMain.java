package dev.tuneline.preprocess;

import dev.tuneline.platform.service.Service;

/** Starts the preprocess service. */
public final class PreprocessMain {
  private PreprocessMain() {}

  public static void main(String[] args) {
    Service.run(PreprocessMain.class, "preprocess", args);
  }
}
