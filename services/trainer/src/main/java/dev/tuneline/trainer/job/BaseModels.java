package dev.tuneline.trainer.job;

import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.service.ModelFolders;
import java.nio.file.Path;
import java.util.function.Function;

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
    return read(name, folder -> BaseModel.load(folder, precision));
  }

  /** The same without values, see {@link BaseModel#outline}. */
  BaseModel outline(String name, Precision precision) {
    return read(name, folder -> BaseModel.outline(folder, precision));
  }

  /**
   * A model's folder.
   *
   * @throws Problem BASE_MODEL_NOT_FOUND
   */
  Path folder(String name) {
    return folders.folder(name, FIELD);
  }

  private BaseModel read(String name, Function<Path, BaseModel> reader) {
    Path folder = folder(name);
    try {
      return reader.apply(folder);
    } catch (Problem problem) {
      throw problem.details().containsKey(Problem.FIELD)
          ? problem.at("spec_field", FIELD)
          : problem.at(Problem.FIELD, FIELD);
    }
  }
}
