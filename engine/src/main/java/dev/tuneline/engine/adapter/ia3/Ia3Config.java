package dev.tuneline.engine.adapter.ia3;

import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.adapter.module.AdaptedModule;
import dev.tuneline.engine.adapter.module.DefaultTargets;
import dev.tuneline.engine.adapter.module.Extras;
import dev.tuneline.engine.adapter.module.ModuleMethod;
import dev.tuneline.engine.adapter.module.ModuleNames;
import dev.tuneline.engine.adapter.module.TargetModules;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.Linear;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The supported keys of an IA3 adapter_config.json.
 *
 * @param feedforward {@code feedforward_modules}: targets whose input is scaled, not their output
 * @param ones {@code init_ia3_weights}: whether vectors begin without effect
 */
record Ia3Config(TargetModules targets, ModuleNames feedforward, Extras extras, boolean ones)
    implements ModuleMethod {
  private static final String FEEDFORWARD = "feedforward_modules";

  Ia3Config {
    if (feedforward instanceof ModuleNames.Listed(List<String> inner)
        && targets.selected() instanceof ModuleNames.Listed(List<String> all)
        && !new HashSet<>(all).containsAll(inner)) {
      throw MethodOptions.bad(FEEDFORWARD, "must be among target_modules: " + inner);
    }
  }

  static Ia3Config parse(MethodOptions options, String modelType) {
    options.ignore("fan_in_fan_out");
    TargetModules targets = TargetModules.parseNames(options, () -> DefaultTargets.ia3(modelType));
    Ia3Config config =
        new Ia3Config(
            targets,
            feedforward(options, modelType),
            new Extras(Extras.Bias.NONE, options.texts("modules_to_save")),
            options.flag("init_ia3_weights", true));
    options.refuseOthers();
    return config;
  }

  /** An empty list is a choice too; only where there is none, the model's kind decides. */
  private static ModuleNames feedforward(MethodOptions options, String modelType) {
    @Nullable ModuleNames given = ModuleNames.parse(FEEDFORWARD, options);
    if (given != null) {
      return given;
    }
    return options.value(FEEDFORWARD) == null
        ? DefaultTargets.ia3Feedforward(modelType)
        : new ModuleNames.Listed(List.of());
  }

  @Override
  public String name() {
    return "ia3";
  }

  @Override
  public Ia3Config withTargets(TargetModules others) {
    return new Ia3Config(others, feedforward, extras, ones);
  }

  @Override
  public double dropout() {
    return 0;
  }

  @Override
  public AdaptedModule linear(Linear linear, PtNDManager manager) {
    return Ia3Linear.zeros(linear, isFeedforward(linear.module()), ones, manager);
  }

  /** As PEFT: names in a list need not begin after a dot. */
  private boolean isFeedforward(String module) {
    return switch (feedforward) {
      case ModuleNames.Listed(List<String> names) -> names.stream().anyMatch(module::endsWith);
      case ModuleNames.Matching pattern -> pattern.match(module);
    };
  }

  @Override
  public AdaptedModule embedding(Embedding embedding, PtNDManager manager) {
    throw MethodOptions.unsupported("target_modules", embedding.module() + " with IA3");
  }

  @Override
  public ObjectNode options() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    targets.writeNames(json);
    feedforward.write(FEEDFORWARD, json);
    extras.writeModulesToSave(json);
    json.put("init_ia3_weights", ones);
    return json;
  }

  @Override
  public ObjectNode saved(List<AdaptedModule> modules) {
    ObjectNode json = options();
    json.put("peft_type", "IA3");
    json.put(
        "fan_in_fan_out",
        modules.stream().anyMatch(m -> m instanceof Ia3Linear l && l.base().matrix().transposed()));
    return json;
  }
}
