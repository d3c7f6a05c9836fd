package dev.tuneline.trainer.job;

import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.service.ModelFolders;
import java.nio.file.Path;

/** Loads the installation's base models for training. */
public final class BaseModels {
  private static final String FIELD = "spec.base_model";

  private final ModelFolders folders;

  public BaseModels(ModelFolders folders) {
    this.folders = folders;
  }

  /**
   * Loads a model into memory of its own; closing it is the caller's turn.
   *
   * @throws Problem BASE_MODEL_NOT_FOUND, or what {@link BaseModel#load} says; a problem that names
   *     no key of the model's files names the job's field
   */
  BaseModel load(String name, Precision precision) {
    Path folder = folders.folder(name, FIELD);
    try {
      return BaseModel.load(folder, precision);
    } catch (Problem problem) {
      throw problem.details().containsKey(Problem.FIELD)
          ? problem.at("spec_field", FIELD)
          : problem.at(Problem.FIELD, FIELD);
    }
  }
}
