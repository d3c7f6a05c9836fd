package dev.tuneline.engine.adapter.module;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.AdapterFolder;
import dev.tuneline.engine.adapter.DropoutMasks;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.adapter.Seeds;
import dev.tuneline.engine.adapter.TrainableCount;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.LowRank;
import dev.tuneline.engine.arch.Norm;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** An adapter that is made of changes to single modules of one base model. */
public final class ModuleAdapter implements Adapter, Tunable {
  private final ModuleMethod method;
  private final BaseModel base;
  private final PtNDManager manager;
  private final List<AdaptedModule> modules;
  private final Map<String, List<AdaptedModule>> byName = new HashMap<>();
  private final TrainingRule rule;

  private ModuleAdapter(
      ModuleMethod method, BaseModel base, PtNDManager manager, List<AdaptedModule> modules) {
    this.method = method;
    this.base = base;
    this.manager = manager;
    this.modules = List.copyOf(modules);
    for (AdaptedModule module : modules) {
      byName.computeIfAbsent(module.module(), _ -> new ArrayList<>()).add(module);
    }
    this.rule = method.rule(this.modules, manager);
  }

  /**
   * A fresh trainable adapter; the same for the same seed.
   *
   * @throws dev.tuneline.errors.Problem UNMATCHED_TARGET for a target that the model does not have
   */
  public static ModuleAdapter start(ModuleMethod method, BaseModel base, long seed) {
    return build(
        Placement.of(method, base, true),
        base,
        adapter -> {
          for (AdaptedModule module : adapter.modules) {
            module.initialise(new SplittableRandom(Seeds.mix(seed, module.module().hashCode())));
          }
          adapter.parameters().values().forEach(p -> p.setRequiresGradient(true));
        });
  }

  /**
   * Loads a PEFT folder for inference.
   *
   * @param parse makes the method of the folder's configuration
   */
  public static ModuleAdapter load(
      Path folder, BaseModel base, Function<MethodOptions, ModuleMethod> parse) {
    try (AdapterFolder source = AdapterFolder.open(folder)) {
      Placement placement =
          source.config(options -> Placement.of(parse.apply(options), base, false));
      return build(
          placement,
          base,
          adapter -> {
            Map<String, PtNDArray> copies = new LinkedHashMap<>(adapter.baseCopies());
            copies.putAll(adapter.named(AdaptedModule::copies));
            source.read(adapter.parameters(), copies);
            adapter.modules.forEach(AdaptedModule::freeze);
          });
    }
  }

  private static ModuleAdapter build(
      Placement placement, BaseModel base, Consumer<ModuleAdapter> fill) {
    PtNDManager manager = Torch.newManager();
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      ModuleAdapter adapter =
          new ModuleAdapter(placement.method(), base, manager, placement.place(manager));
      fill.accept(adapter);
      return adapter;
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  @Override
  public String method() {
    return method.name();
  }

  @Override
  public ObjectNode options() {
    return method.options();
  }

  @Override
  public SequencedMap<String, PtNDArray> parameters() {
    return named(AdaptedModule::parameters);
  }

  private SequencedMap<String, PtNDArray> named(
      Function<AdaptedModule, Map<String, PtNDArray>> tensors) {
    SequencedMap<String, PtNDArray> named = new LinkedHashMap<>();
    for (AdaptedModule module : modules) {
      tensors.apply(module).forEach((name, t) -> named.put(fileName(module.module(), name), t));
    }
    return Collections.unmodifiableSequencedMap(named);
  }

  private static String fileName(String module, String tensor) {
    return "base_model.model." + module + "." + tensor;
  }

  @Override
  public boolean decays(String parameter) {
    for (AdaptedModule module : modules) {
      for (String name : module.parameters().keySet()) {
        if (fileName(module.module(), name).equals(parameter)) {
          return module.decays(name);
        }
      }
    }
    throw new IllegalArgumentException(parameter);
  }

  @Override
  public long parameterCount() {
    return Tunable.super.parameterCount();
  }

  @Override
  public TrainableCount count() {
    long added = modules.stream().mapToLong(AdaptedModule::added).sum();
    return new TrainableCount(parameterCount(), base.parameterCount() + added);
  }

  @Override
  public Map<String, Double> scalings() {
    Map<String, Double> scalings = new LinkedHashMap<>();
    for (AdaptedModule module : modules) {
      module.scaling().ifPresent(scaling -> scalings.put(module.module(), scaling));
    }
    return scalings;
  }

  @Override
  public PtNDArray input(Linear module, PtNDArray x) {
    PtNDArray input = x;
    for (AdaptedModule change : changes(module.module())) {
      input = change.input(input);
    }
    return input;
  }

  @Override
  public PtNDArray output(Linear module, PtNDArray x, PtNDArray y) {
    return output(module, x, y, UnaryOperator.identity());
  }

  private PtNDArray output(
      Linear module, PtNDArray x, PtNDArray y, UnaryOperator<PtNDArray> dropout) {
    PtNDArray output = y;
    for (AdaptedModule change : changes(module.module())) {
      output = change.output(x, output, dropout);
    }
    return output;
  }

  @Override
  public PtNDArray embedded(Embedding module, PtNDArray ids, PtNDArray y) {
    PtNDArray embedded = y;
    for (AdaptedModule change : changes(module.module())) {
      embedded = change.embedded(ids, embedded);
    }
    return embedded;
  }

  @Override
  public boolean adapts(Linear module) {
    return byName.containsKey(module.module());
  }

  @Override
  public @Nullable LowRank lowRank(Linear module) {
    return lowRank(module, null);
  }

  private @Nullable LowRank lowRank(Linear module, @Nullable UnaryOperator<PtNDArray> mask) {
    List<AdaptedModule> changes = changes(module.module());
    return changes.size() == 1 ? changes.getFirst().lowRank(mask) : null;
  }

  @Override
  public PtNDArray normalised(Norm module, PtNDArray x, PtNDArray y) {
    PtNDArray normalised = y;
    for (AdaptedModule change : changes(module.module())) {
      normalised = change.normalised(x, normalised);
    }
    return normalised;
  }

  @Override
  public boolean adapts(Norm module) {
    return byName.containsKey(module.module());
  }

  private List<AdaptedModule> changes(String module) {
    return byName.getOrDefault(module, List.of());
  }

  @Override
  public Adaptation adaptation() {
    return this;
  }

  @Override
  public Adaptation adaptation(DropoutMasks masks) {
    if (method.dropout() == 0) {
      return this;
    }
    ModuleAdapter adapter = this;
    return new Adaptation() {
      @Override
      public PtNDArray input(Linear module, PtNDArray x) {
        return adapter.input(module, x);
      }

      @Override
      public PtNDArray output(Linear module, PtNDArray x, PtNDArray y) {
        return adapter.output(module, x, y, in -> dropped(module.module(), in, masks));
      }

      @Override
      public PtNDArray embedded(Embedding module, PtNDArray ids, PtNDArray y) {
        return adapter.embedded(module, ids, y);
      }

      @Override
      public boolean adapts(Linear module) {
        return adapter.adapts(module);
      }

      @Override
      public @Nullable LowRank lowRank(Linear module) {
        return adapter.lowRank(module, x -> mask(module.module(), x, masks));
      }

      @Override
      public PtNDArray normalised(Norm module, PtNDArray x, PtNDArray y) {
        return adapter.normalised(module, x, y);
      }

      @Override
      public boolean adapts(Norm module) {
        return adapter.adapts(module);
      }

      @Override
      public Adaptation after(int rows) {
        return adapter.adaptation(masks.after(rows));
      }
    };
  }

  private PtNDArray dropped(String place, PtNDArray x, DropoutMasks masks) {
    return JniUtils.mul(x, mask(place, x, masks));
  }

  private PtNDArray mask(String place, PtNDArray x, DropoutMasks masks) {
    long[] shape = x.getShape().getShape();
    return masks.at(place, manager, shape[0], shape[1], method.dropout());
  }

  @Override
  public void planned(int totalSteps) {
    rule.planned(totalSteps);
  }

  @Override
  public @Nullable PtNDArray penalty() {
    return rule.penalty();
  }

  @Override
  public void updated(int step, int totalSteps, double gradientScale) {
    rule.updated(step, totalSteps, gradientScale);
  }

  @Override
  public SequencedMap<String, PtNDArray> state() {
    return rule.state();
  }

  /** Writes a folder that PEFT loads. */
  @Override
  public void save(Path folder) {
    saveAs(folder, method.saved(modules), AdaptedModule::saved);
  }

  /**
   * Writes a PEFT folder of another configuration.
   *
   * @param config without notes
   * @param tensors of each module, named as in {@link AdaptedModule#saved}
   */
  public void saveAs(
      Path folder, ObjectNode config, Function<AdaptedModule, Map<String, PtNDArray>> tensors) {
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      Map<String, PtNDArray> all = new LinkedHashMap<>(baseCopies());
      all.putAll(named(tensors));
      AdapterFolder.write(folder, config, base, all);
    }
  }

  /** The base model's own matrices that PEFT saves beside those that adapt them. */
  private Map<String, PtNDArray> baseCopies() {
    Map<String, PtNDArray> copies = new LinkedHashMap<>();
    Embedding embedding = base.decoder().embedding();
    Linear head = base.decoder().linears().lastEntry().getValue();
    if (method.targets().namesEmbeddings(List.of(embedding.module(), head.module()))) {
      if (adapted(embedding.module())) {
        copies.put(fileName(embedding.module(), "base_layer.weight"), embedding.weight());
      }
      if (head.isHead() && adapted(head.module())) {
        copies.put(fileName(head.module(), "base_layer.weight"), head.matrix().dense());
        if (head.bias() != null) {
          copies.putIfAbsent(fileName(head.module(), "base_layer.bias"), head.bias());
        }
      }
    }
    return copies;
  }

  private boolean adapted(String module) {
    return method.targets().match(module) && !method.extras().save(module);
  }

  public ModuleMethod configuration() {
    return method;
  }

  public List<AdaptedModule> modules() {
    return modules;
  }

  @Override
  public void saveMerged(Path folder) {
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      MergedWeights merged = new MergedWeights(base);
      modules.forEach(module -> module.merge(merged));
      merged.write(folder);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
