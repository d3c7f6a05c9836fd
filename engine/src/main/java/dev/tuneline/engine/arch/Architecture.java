package dev.tuneline.engine.arch;

/** A family of models with one forward pass; stateless. */
public interface Architecture {
  /** The {@code model_type} of its config.json files. */
  String modelType();

  /** Reads and checks a configuration; every unsupported key is a problem that names it. */
  Blueprint read(ConfigReader config);
}
