package dev.tuneline.trainer.job;

import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.errors.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** The installation's base models: one Hugging Face-layout folder each, by name. */
public final class BaseModels {
  // One part of a path, so that no name leads out of the root.
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final String FIELD = "spec.base_model";

  private final Path root;

  /**
   * @param root the folder that holds their folders
   */
  public BaseModels(Path root) {
    this.root = root;
  }

  /**
   * Loads a model into memory of its own; closing it is the caller's turn.
   *
   * @throws Problem BASE_MODEL_NOT_FOUND, or what {@link BaseModel#load} says, naming the job's
   *     field
   */
  BaseModel load(String name) {
    Path folder = root.resolve(name);
    if (!NAME.matcher(name).matches() || !Files.isRegularFile(folder.resolve("config.json"))) {
      throw Problem.caller("BASE_MODEL_NOT_FOUND", "there is no base model \"" + name + "\"")
          .at(Problem.FIELD, FIELD)
          .mend("name a folder of tuneline.models.root that holds a config.json");
    }
    try {
      return BaseModel.load(folder);
    } catch (Problem problem) {
      throw problem.details().containsKey(Problem.FIELD)
          ? problem.at("spec_field", FIELD)
          : problem.at(Problem.FIELD, FIELD);
    }
  }
}
