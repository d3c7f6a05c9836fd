package dev.tuneline.platform.service;

import dev.tuneline.platform.artifacts.FileArtifactStore;
import io.micronaut.context.annotation.ConfigurationProperties;
import java.nio.file.Path;

/**
 * Where artifacts are kept; the same for all services of an installation.
 *
 * @param root the store's folder
 * @param maxFileBytes the largest single artifact
 * @param maxFolderFiles the most files in one stored folder
 */
@ConfigurationProperties("tuneline.artifacts")
public record ArtifactSettings(Path root, long maxFileBytes, int maxFolderFiles) {
  FileArtifactStore.Limits limits() {
    return new FileArtifactStore.Limits(maxFileBytes, maxFolderFiles);
  }
}
