package dev.tuneline.engine.adapter.lora;

import static dev.tuneline.engine.adapter.MethodOptions.bad;
import static dev.tuneline.engine.adapter.MethodOptions.unsupported;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.MethodOptions;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The supported keys of a LoRA adapter_config.json.
 *
 * @param rank {@code r}
 * @param alpha {@code lora_alpha}
 * @param targets {@code target_modules}: a module matches when its name is one of these or ends
 *     with a dot and one of these; sorted
 * @param dropout {@code lora_dropout}, on the adapter's input, in training only
 * @param rankStabilised {@code use_rslora}
 */
public record LoraConfig(
    int rank, double alpha, List<String> targets, double dropout, boolean rankStabilised) {

  public LoraConfig {
    if (rank < 1) {
      throw bad("r", "must be a positive integer, not " + rank);
    }
    if (!(alpha > 0) || Double.isInfinite(alpha)) {
      throw bad("lora_alpha", "must be a positive number, not " + alpha);
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw bad("lora_dropout", "must be at least 0 and below 1, not " + dropout);
    }
    if (targets.isEmpty()) {
      throw bad("target_modules", "must name at least one module");
    }
    targets = List.copyOf(new TreeSet<>(targets));
  }

  /** What the product B·A is multiplied with. */
  public double scaling() {
    return alpha / (rankStabilised ? Math.sqrt(rank) : rank);
  }

  /** Whether {@code module} is adapted. */
  public boolean matches(String module) {
    return targets.stream().anyMatch(t -> module.equals(t) || module.endsWith("." + t));
  }

  /** Reads PEFT's keys; see {@link MethodOptions} for what becomes of unknown ones. */
  public static LoraConfig parse(MethodOptions options) {
    options.ignore(
        "fan_in_fan_out",
        "init_lora_weights",
        "megatron_core",
        "qalora_group_size",
        "layers_pattern");
    @Nullable String bias = options.text("bias");
    if (bias != null && !bias.equals("none")) {
      throw unsupported("bias", bias);
    }
    @Nullable JsonNode targets = options.value("target_modules");
    if (targets != null && !targets.isArray()) {
      throw unsupported("target_modules", targets).mend("give a list of module names");
    }
    LoraConfig config =
        new LoraConfig(
            options.integer("r", 8),
            options.number("lora_alpha", 8),
            options.texts("target_modules"),
            options.number("lora_dropout", 0),
            options.flag("use_rslora", false));
    options.refuseOthers();
    return config;
  }

  /** The options of this configuration, as {@link #parse} reads them. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("r", rank);
    if (alpha == Math.rint(alpha) && alpha < Integer.MAX_VALUE) {
      json.put("lora_alpha", (int) alpha);
    } else {
      json.put("lora_alpha", alpha);
    }
    json.put("lora_dropout", dropout);
    json.put("use_rslora", rankStabilised);
    targets.forEach(json.putArray("target_modules")::add);
    return json;
  }

  /** A complete adapter_config.json that PEFT loads. */
  ObjectNode toPeft() {
    ObjectNode json = toJson();
    json.put("peft_type", "LORA");
    json.put("bias", "none");
    json.put("fan_in_fan_out", false);
    json.put("init_lora_weights", true);
    json.put("use_dora", false);
    json.putNull("modules_to_save");
    json.putNull("layers_to_transform");
    json.putNull("layers_pattern");
    json.putObject("rank_pattern");
    json.putObject("alpha_pattern");
    return json;
  }
}
