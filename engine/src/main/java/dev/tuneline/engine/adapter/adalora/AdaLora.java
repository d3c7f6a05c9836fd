package dev.tuneline.engine.adapter.adalora;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.Method;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.adapter.module.ModuleAdapter;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The method {@code adalora} (Zhang et al. 2023). */
public final class AdaLora implements Method {
  @Override
  public String name() {
    return "adalora";
  }

  @Override
  public String peftType() {
    return "ADALORA";
  }

  @Override
  public Tunable start(JsonNode options, BaseModel base, long seed) {
    AdaLoraConfig config = AdaLoraConfig.parse(new MethodOptions(options), base.modelType());
    return ModuleAdapter.start(config.unpruned(), base, seed);
  }

  @Override
  public Adapter load(Path folder, BaseModel base) {
    return ModuleAdapter.load(folder, base, o -> AdaLoraConfig.parse(o, base.modelType()));
  }

  /**
   * Writes an AdaLoRA adapter as a LoRA folder of the same effect, which any LoRA runtime loads.
   *
   * @throws Problem NO_RANKS_LEFT when every module gave up all of its ranks
   */
  public static void exportLora(ModuleAdapter adapter, Path folder) {
    if (!(adapter.configuration() instanceof AdaLoraConfig config)) {
      throw new IllegalArgumentException("not AdaLoRA but " + adapter.method());
    }
    List<AdaLoraLinear> left =
        AdaLoraConfig.linears(adapter.modules()).stream()
            .filter(linear -> linear.keptFlags().contains(true))
            .toList();
    if (left.isEmpty()) {
      throw Problem.caller("NO_RANKS_LEFT", "the adapter gave up all of its ranks");
    }
    adapter.saveAs(
        folder,
        config.asLora(left),
        module ->
            module instanceof AdaLoraLinear linear
                ? linear.keptFlags().contains(true) ? linear.asLora() : Map.of()
                : module.saved());
  }
}
