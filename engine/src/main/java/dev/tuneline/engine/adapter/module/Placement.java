package dev.tuneline.engine.adapter.module;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.Norm;
import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which modules of a base model a method changes: checked, nothing allocated yet. */
record Placement(ModuleMethod method, BaseModel base) {

  /**
   * Resolves and checks a method's targets.
   *
   * @param strict whether each name in a list must be that of a module, as in a job's options; of
   *     an adapter that does not fit, its tensors tell more
   * @throws Problem UNMATCHED_TARGET or UNSUPPORTED_METHOD_OPTION
   */
  static Placement of(ModuleMethod method, BaseModel base, boolean strict) {
    List<String> projections =
        base.decoder().linears().values().stream()
            .filter(linear -> !linear.isHead())
            .map(Linear::module)
            .toList();
    ModuleMethod resolved = method.withTargets(method.targets().allLinear(projections));
    Placement placement = new Placement(resolved, base);
    if (strict) {
      placement.requireTargets();
      placement.requireRanks();
    }
    placement.requireModulesToSave();
    return placement;
  }

  /** The changes in the order of the model's modules; their tensors belong to {@code manager}. */
  List<AdaptedModule> place(PtNDManager manager) {
    List<AdaptedModule> modules = new ArrayList<>();
    Embedding embedding = base.decoder().embedding();
    if (method.extras().save(embedding.module())) {
      modules.add(new SavedEmbedding(embedding, manager));
    } else if (method.targets().match(embedding.module())) {
      modules.add(method.embedding(embedding, manager));
    }
    for (Linear linear : base.decoder().linears().values()) {
      if (method.extras().save(linear.module())) {
        modules.add(new SavedLinear(linear, manager));
        continue;
      }
      boolean adapted = method.targets().match(linear.module());
      if (adapted) {
        modules.add(method.linear(linear, manager));
      }
      @Nullable PtNDArray bias = linear.bias();
      if (bias != null && trainsBias(adapted)) {
        modules.add(new TrainedBias(linear, bias, adapted, manager));
      }
    }
    for (Norm norm : base.decoder().norms().values()) {
      boolean whole = method.extras().save(norm.module());
      if (whole || (norm.bias() != null && trainsBias(false))) {
        modules.add(new TrainedNorm(norm, whole, manager));
      }
    }
    return modules;
  }

  private boolean trainsBias(boolean adapted) {
    return switch (method.extras().bias()) {
      case NONE -> false;
      case LORA_ONLY -> adapted;
      case ALL -> true;
    };
  }

  private List<String> candidates() {
    return Stream.concat(
            Stream.of(base.decoder().embedding().module()),
            base.decoder().linears().keySet().stream())
        .toList();
  }

  private void requireTargets() {
    if (method.targets().selected() instanceof ModuleNames.Listed(List<String> names)) {
      for (String name : names) {
        if (candidates().stream().noneMatch(m -> ModulePattern.endsWithOne(m, List.of(name)))) {
          throw unmatched("target_modules", "the model has no module \"" + name + "\"");
        }
      }
    }
    if (candidates().stream()
        .noneMatch(m -> method.targets().match(m) && !method.extras().save(m))) {
      throw unmatched("target_modules", "the model has none of the modules");
    }
  }

  /** A rank above a matrix's own makes nothing that a smaller one could not. */
  private void requireRanks() {
    Embedding embedding = base.decoder().embedding();
    long[] table = embedding.weight().getShape().getShape();
    requireRank(embedding.module(), Math.min(table[0], table[1]));
    base.decoder()
        .linears()
        .values()
        .forEach(linear -> requireRank(linear.module(), Math.min(linear.in(), linear.out())));
  }

  private void requireRank(String module, long most) {
    boolean adapted = method.targets().match(module) && !method.extras().save(module);
    if (adapted && method.rank(module) > most) {
      throw MethodOptions.bad(
              method.rankKey(),
              "= %d is larger than the smaller side of %s, %d"
                  .formatted(method.rank(module), module, most))
          .mend("give at most %d, or leave the module out".formatted(most));
    }
  }

  private void requireModulesToSave() {
    Set<String> savable = new TreeSet<>(candidates());
    savable.addAll(base.decoder().norms().keySet());
    for (String name : method.extras().modulesToSave()) {
      Set<String> others = new TreeSet<>();
      base.weights().shapes().keySet().stream()
          .map(weight -> weight.substring(0, weight.lastIndexOf('.')))
          .filter(module -> module.endsWith(name) && !savable.contains(module))
          .forEach(others::add);
      if (!others.isEmpty()) {
        throw MethodOptions.unsupported("modules_to_save", name + ", which is " + others)
            .mend("name projections, norms, the head or the embeddings");
      }
      if (savable.stream().noneMatch(module -> module.endsWith(name))) {
        throw unmatched("modules_to_save", "the model has no module \"" + name + "\"");
      }
    }
  }

  private Problem unmatched(String key, String message) {
    Set<String> names = new TreeSet<>();
    for (String module : candidates()) {
      names.add(Objects.requireNonNull(module).substring(module.lastIndexOf('.') + 1));
    }
    return Problem.caller("UNMATCHED_TARGET", message)
        .at(Problem.FIELD, key)
        .mend("use some of " + names);
  }
}
