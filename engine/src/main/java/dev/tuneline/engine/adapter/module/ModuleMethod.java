package dev.tuneline.engine.adapter.module;

import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.Linear;
import java.util.List;

/** A method's checked configuration: which modules it changes, and how. */
public interface ModuleMethod {
  /** Its name in {@link dev.tuneline.engine.adapter.Methods}. */
  String name();

  TargetModules targets();

  /** The same for other targets. */
  ModuleMethod withTargets(TargetModules targets);

  Extras extras();

  /** Probability with which elements of a changed projection's input are dropped in training. */
  double dropout();

  /** The rank of the change to {@code module}; 0 when it has none. */
  default int rank(String module) {
    return 0;
  }

  /** The key of the rank in the options. */
  default String rankKey() {
    return "r";
  }

  /** The change to a projection, its parameters zero and owned by {@code manager}. */
  AdaptedModule linear(Linear linear, PtNDManager manager);

  /**
   * The change to the table of embeddings, alike.
   *
   * @throws dev.tuneline.errors.Problem UNSUPPORTED_METHOD_OPTION unless the method has one
   */
  AdaptedModule embedding(Embedding embedding, PtNDManager manager);

  /** The options that a job of this configuration takes. */
  ObjectNode options();

  /** The adapter_config.json of what {@code modules} have become, without notes. */
  ObjectNode saved(List<AdaptedModule> modules);

  /** What the method does beside descending the gradient. */
  default TrainingRule rule(List<AdaptedModule> modules, PtNDManager manager) {
    return TrainingRule.NONE;
  }
}
