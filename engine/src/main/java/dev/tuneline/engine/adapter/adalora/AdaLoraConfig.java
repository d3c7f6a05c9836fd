package dev.tuneline.engine.adapter.adalora;

import static dev.tuneline.engine.adapter.MethodOptions.bad;

import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.adapter.module.AdaptedModule;
import dev.tuneline.engine.adapter.module.DefaultTargets;
import dev.tuneline.engine.adapter.module.Extras;
import dev.tuneline.engine.adapter.module.ModuleMethod;
import dev.tuneline.engine.adapter.module.TargetModules;
import dev.tuneline.engine.adapter.module.TrainingRule;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.Linear;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The supported keys of an AdaLoRA adapter_config.json.
 *
 * @param alpha {@code lora_alpha}
 * @param beta1 smoothing of sensitivity
 * @param beta2 smoothing of uncertainty
 * @param orthogonality {@code orth_reg_weight}
 * @param kept {@code rank_pattern}: which of its initial ranks a module has left; without an entry
 *     all
 * @param dropout {@code lora_dropout}
 * @param normal {@code init_lora_weights}
 */
record AdaLoraConfig(
    BudgetSchedule schedule,
    double alpha,
    double beta1,
    double beta2,
    double orthogonality,
    Map<String, List<Boolean>> kept,
    TargetModules targets,
    Extras extras,
    double dropout,
    boolean normal)
    implements ModuleMethod {
  private static final String RANKS = "rank_pattern";

  AdaLoraConfig {
    kept = Map.copyOf(kept);
    require("lora_alpha", alpha, alpha > 0 && !Double.isInfinite(alpha));
    require("beta1", beta1, beta1 > 0 && beta1 < 1);
    require("beta2", beta2, beta2 > 0 && beta2 < 1);
    require("orth_reg_weight", orthogonality, orthogonality >= 0);
    require("lora_dropout", dropout, dropout >= 0 && dropout < 1);
  }

  private static void require(String key, double value, boolean valid) {
    if (!valid) {
      throw bad(key, "= " + value + " is out of range");
    }
  }

  static AdaLoraConfig parse(MethodOptions options, String modelType) {
    options.ignore("r", "fan_in_fan_out", "megatron_core", "qalora_group_size", "runtime_config");
    AdaLoraConfig config =
        new AdaLoraConfig(
            BudgetSchedule.parse(options),
            options.number("lora_alpha", 8),
            options.number("beta1", 0.85),
            options.number("beta2", 0.85),
            options.number("orth_reg_weight", 0.5),
            kept(options),
            TargetModules.parse(options, () -> DefaultTargets.lowRank(modelType)),
            Extras.parse(options),
            options.number("lora_dropout", 0),
            options.flag("init_lora_weights", true));
    options.refuseOthers();
    return config;
  }

  private static Map<String, List<Boolean>> kept(MethodOptions options) {
    @Nullable JsonNode json = options.value(RANKS);
    Map<String, List<Boolean>> kept = new LinkedHashMap<>();
    if (json == null) {
      return kept;
    }
    for (Map.Entry<String, JsonNode> entry : json.properties()) {
      String module = entry.getKey().replaceFirst("\\.lora_E(\\.[^.]*)?$", "");
      List<Boolean> flags = new ArrayList<>();
      for (JsonNode flag : entry.getValue()) {
        if (!flag.isBoolean()) {
          throw bad(RANKS, "must hold lists of true and false, not " + entry.getValue());
        }
        flags.add(flag.booleanValue());
      }
      kept.put(module, List.copyOf(flags));
    }
    return kept;
  }

  /** The same for a job, which begins with all ranks and gives some up. */
  AdaLoraConfig unpruned() {
    schedule.shrinking();
    return with(Map.of(), targets);
  }

  @Override
  public AdaLoraConfig withTargets(TargetModules others) {
    return with(kept, others);
  }

  private AdaLoraConfig with(Map<String, List<Boolean>> newKept, TargetModules newTargets) {
    return new AdaLoraConfig(
        schedule, alpha, beta1, beta2, orthogonality, newKept, newTargets, extras, dropout, normal);
  }

  @Override
  public String name() {
    return "adalora";
  }

  @Override
  public int rank(String module) {
    return schedule.initialRank();
  }

  @Override
  public String rankKey() {
    return "init_r";
  }

  /**
   * The divisor stays the initial rank, whatever is given up; as in PEFT, a module that has no rank
   * left forgets it, which changes nothing.
   */
  @Override
  public AdaptedModule linear(Linear linear, PtNDManager manager) {
    @Nullable List<Boolean> flags = kept.get(linear.module());
    int rank = schedule.initialRank();
    if (flags != null) {
      rank = Math.toIntExact(flags.stream().filter(flag -> flag).count());
    }
    double scaling = alpha / ((rank == 0 ? 0 : schedule.initialRank()) + 1e-5);
    return AdaLoraLinear.zeros(linear, rank, scaling, normal, manager);
  }

  @Override
  public AdaptedModule embedding(Embedding embedding, PtNDManager manager) {
    throw MethodOptions.unsupported("target_modules", embedding.module() + " with AdaLoRA");
  }

  @Override
  public TrainingRule rule(List<AdaptedModule> modules, PtNDManager manager) {
    return new RankAllocator(this, linears(modules), manager);
  }

  static List<AdaLoraLinear> linears(List<AdaptedModule> modules) {
    return modules.stream()
        .filter(AdaLoraLinear.class::isInstance)
        .map(AdaLoraLinear.class::cast)
        .toList();
  }

  @Override
  public ObjectNode options() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    schedule.write(json);
    MethodOptions.putNumber(json, "lora_alpha", alpha);
    json.put("beta1", beta1);
    json.put("beta2", beta2);
    json.put("orth_reg_weight", orthogonality);
    json.put("lora_dropout", dropout);
    json.put("init_lora_weights", normal);
    targets.write(json);
    extras.write(json);
    return json;
  }

  @Override
  public ObjectNode saved(List<AdaptedModule> modules) {
    ObjectNode json = options();
    json.put("peft_type", "ADALORA");
    List<AdaLoraLinear> linears = linears(modules);
    json.put("fan_in_fan_out", conv1d(linears));
    ObjectNode pattern = json.putObject(RANKS);
    for (AdaLoraLinear linear : linears) {
      ArrayNode array = pattern.putArray(linear.module() + ".lora_E");
      kept.getOrDefault(linear.module(), linear.keptFlags()).forEach(array::add);
    }
    return json;
  }

  /** The adapter_config.json of the same change to {@code linears} as LoRA's. */
  ObjectNode asLora(List<AdaLoraLinear> linears) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("peft_type", "LORA");
    json.put("r", schedule.initialRank());
    MethodOptions.putNumber(json, "lora_alpha", alpha);
    extras.write(json);
    json.put("fan_in_fan_out", conv1d(linears));
    ArrayNode names = json.putArray("target_modules");
    ObjectNode ranks = json.putObject(RANKS);
    ObjectNode alphas = json.putObject("alpha_pattern");
    for (AdaLoraLinear linear : linears) {
      int rank = Math.toIntExact(linear.keptFlags().stream().filter(flag -> flag).count());
      names.add(linear.module());
      ranks.put(linear.module(), rank);
      alphas.put(linear.module(), rank * linear.value());
    }
    return json;
  }

  private static boolean conv1d(List<AdaLoraLinear> linears) {
    return linears.stream().anyMatch(l -> l.base().matrix().transposed());
  }
}
