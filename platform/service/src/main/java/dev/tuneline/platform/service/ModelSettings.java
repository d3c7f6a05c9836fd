package dev.tuneline.platform.service;

import dev.tuneline.errors.Problem;
import io.micronaut.context.annotation.ConfigurationProperties;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the base models are.
 *
 * @param root a folder with one Hugging Face-layout folder for each base model
 */
@ConfigurationProperties("tuneline.models")
public record ModelSettings(Path root) {
  /** Makes the path absolute. */
  public ModelSettings {
    root = root.toAbsolutePath().normalize();
  }

  /**
   * The folder, for the services that read base models.
   *
   * @throws Problem MODELS_FOLDER_MISSING if it is not there
   */
  public Path existingRoot() {
    if (!Files.isDirectory(root)) {
      throw Problem.caller("MODELS_FOLDER_MISSING", "there is no folder of base models")
          .at(Problem.FIELD, "tuneline.models.root")
          .at("folder", root)
          .mend("set tuneline.models.root to the folder that holds the base models");
    }
    return root;
  }
}
