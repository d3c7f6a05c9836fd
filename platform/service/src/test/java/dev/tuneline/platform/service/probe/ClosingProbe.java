package dev.tuneline.platform.service.probe;

import dev.tuneline.platform.service.InstallationSettings;
import io.micronaut.context.annotation.Context;
import jakarta.annotation.PreDestroy;
import java.io.IOException;
import java.nio.file.Files;

/** Leaves a file when it is closed. */
@Context
class ClosingProbe {
  private final InstallationSettings settings;

  ClosingProbe(InstallationSettings settings) {
    this.settings = settings;
  }

  @PreDestroy
  void close() throws IOException {
    Files.writeString(settings.data().resolve("closed"), "");
  }
}
