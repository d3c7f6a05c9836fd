package dev.tuneline.engine.adapter.lora;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.AdapterFolder;
import dev.tuneline.engine.adapter.DropoutMasks;
import dev.tuneline.engine.adapter.ModelFolder;
import dev.tuneline.engine.adapter.Seeds;
import dev.tuneline.engine.adapter.TrainableCount;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Low-rank factors over the targeted projections of one base model. */
public final class LoraAdapter implements Adapter, Tunable {
  private final LoraConfig config;
  private final BaseModel base;
  private final PtNDManager manager;
  private final PtNDArray scaling;
  private final Map<String, LoraPair> pairs;

  private LoraAdapter(
      LoraConfig config, BaseModel base, PtNDManager manager, Map<String, LoraPair> pairs) {
    this.config = config;
    this.base = base;
    this.manager = manager;
    this.scaling = Scope.own(Tensors.scalar(manager, config.scaling()));
    this.pairs = pairs;
  }

  /**
   * Fresh trainable factors: A uniform in +-1/sqrt(in) (Kaiming with a = sqrt 5, as PEFT), B zero.
   *
   * @throws Problem UNMATCHED_TARGET for a target module that the model does not have
   */
  public static LoraAdapter initialise(LoraConfig config, BaseModel base, long seed) {
    requireTargets(config, base);
    PtNDManager manager = Torch.newManager();
    LoraAdapter adapter = zeros(config, base, manager);
    adapter.pairs.forEach(
        (module, pair) -> {
          SplittableRandom random = new SplittableRandom(Seeds.mix(seed, module.hashCode()));
          double bound = 1 / Math.sqrt((double) pair.a().getShape().get(1));
          float[] values = new float[Math.toIntExact(pair.a().size())];
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
          }
          Tensors.write(pair.a(), values);
        });
    adapter.parameters().values().forEach(p -> p.setRequiresGradient(true));
    return adapter;
  }

  /** Loads a PEFT folder for inference. */
  public static LoraAdapter load(Path folder, BaseModel base) {
    PtNDManager manager = Torch.newManager();
    try (AdapterFolder source = AdapterFolder.open(folder)) {
      LoraAdapter adapter = zeros(source.config(LoraConfig::parse), base, manager);
      source.read(adapter.parameters());
      return adapter;
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  private static LoraAdapter zeros(LoraConfig config, BaseModel base, PtNDManager manager) {
    Map<String, LoraPair> pairs = new LinkedHashMap<>();
    for (Linear linear : base.decoder().linears().values()) {
      if (config.matches(linear.module())) {
        pairs.put(
            linear.module(),
            new LoraPair(
                Scope.own(Tensors.zeros(manager, config.rank(), linear.in())),
                Scope.own(Tensors.zeros(manager, linear.out(), config.rank()))));
      }
    }
    return new LoraAdapter(config, base, manager, pairs);
  }

  private static void requireTargets(LoraConfig config, BaseModel base) {
    for (String target : config.targets()) {
      if (base.decoder().linears().keySet().stream()
          .noneMatch(m -> m.equals(target) || m.endsWith("." + target))) {
        throw Problem.caller("UNMATCHED_TARGET", "the model has no module \"" + target + "\"")
            .at(Problem.FIELD, "target_modules")
            .mend("use some of " + projectionNames(base));
      }
    }
  }

  private static Iterable<String> projectionNames(BaseModel base) {
    return base.decoder().linears().keySet().stream()
        .map(m -> m.substring(m.lastIndexOf('.') + 1))
        .distinct()
        .toList();
  }

  public LoraConfig config() {
    return config;
  }

  @Override
  public String method() {
    return config.rankStabilised() ? "rslora" : "lora";
  }

  @Override
  public ObjectNode options() {
    return config.toJson();
  }

  @Override
  public SequencedMap<String, PtNDArray> parameters() {
    SequencedMap<String, PtNDArray> parameters = new LinkedHashMap<>();
    pairs.forEach(
        (module, pair) -> {
          parameters.put("base_model.model." + module + ".lora_A.weight", pair.a());
          parameters.put("base_model.model." + module + ".lora_B.weight", pair.b());
        });
    return Collections.unmodifiableSequencedMap(parameters);
  }

  @Override
  public boolean decays(String parameter) {
    return true;
  }

  @Override
  public long parameterCount() {
    return Tunable.super.parameterCount();
  }

  @Override
  public TrainableCount count() {
    return new TrainableCount(parameterCount(), parameterCount() + base.parameterCount());
  }

  @Override
  public PtNDArray output(Linear module, PtNDArray x, PtNDArray y) {
    @Nullable LoraPair pair = pairs.get(module.module());
    return pair == null ? y : pair.add(x, y, scaling);
  }

  @Override
  public Adaptation adaptation() {
    return this;
  }

  @Override
  public Adaptation adaptation(DropoutMasks masks) {
    if (config.dropout() == 0) {
      return this;
    }
    return new Adaptation() {
      @Override
      public PtNDArray output(Linear module, PtNDArray x, PtNDArray y) {
        @Nullable LoraPair pair = pairs.get(module.module());
        if (pair == null) {
          return y;
        }
        PtNDArray mask =
            masks.at(
                module.module(),
                manager,
                x.getShape().get(0),
                x.getShape().get(1),
                config.dropout());
        return pair.add(JniUtils.mul(x, mask), y, scaling);
      }
    };
  }

  /** Writes a folder that PEFT loads. */
  @Override
  public void save(Path folder) {
    AdapterFolder.write(folder, config.toPeft(), base, parameters());
  }

  @Override
  public Map<String, Double> scalings() {
    return pairs.keySet().stream().collect(Collectors.toMap(m -> m, _ -> config.scaling()));
  }

  @Override
  public void saveMerged(Path folder) {
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      Map<String, PtNDArray> merged = new LinkedHashMap<>();
      pairs.forEach(
          (module, pair) -> {
            Linear linear = Objects.requireNonNull(base.decoder().linears().get(module));
            PtNDArray sum = pair.merged(linear.matrix().dense(), scaling);
            merged.put(linear.weightName(), linear.matrix().stored(sum));
          });
      ModelFolder.write(base, merged, folder);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
