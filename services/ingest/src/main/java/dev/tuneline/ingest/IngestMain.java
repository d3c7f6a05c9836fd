package dev.tuneline.ingest;

import dev.tuneline.platform.service.Service;

/** Starts the ingest service. */
public final class IngestMain {
  private IngestMain() {}

  public static void main(String[] args) {
    Service.run(IngestMain.class, "ingest", args);
  }
}
