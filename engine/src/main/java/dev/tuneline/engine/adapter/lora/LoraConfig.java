package dev.tuneline.engine.adapter.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

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

  /** Keys that change nothing here, whatever their value. */
  private static final Set<String> IGNORED =
      Set.of(
          "peft_type",
          "task_type",
          "auto_mapping",
          "base_model_name_or_path",
          "revision",
          "inference_mode",
          "init_lora_weights",
          "peft_version",
          "megatron_core",
          "qalora_group_size",
          "layers_pattern");

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

  /**
   * Reads PEFT's keys. Any other key must hold a value that means "off": otherwise it is a problem
   * UNSUPPORTED_METHOD_OPTION naming the key, never silently dropped.
   */
  public static LoraConfig parse(JsonNode json) {
    List<String> targets = new ArrayList<>();
    for (Map.Entry<String, JsonNode> option : json.properties()) {
      String key = option.getKey();
      JsonNode value = option.getValue();
      switch (key) {
        case "r", "lora_alpha", "lora_dropout", "use_rslora" -> {}
        case "target_modules" -> {
          if (!value.isArray()) {
            throw unsupported(key, value).mend("give a list of module names");
          }
          value.forEach(v -> targets.add(v.asText()));
        }
        case "bias" -> {
          if (!value.asText().equals("none")) {
            throw unsupported(key, value);
          }
        }
        default -> {
          if (!IGNORED.contains(key) && !off(value)) {
            throw unsupported(key, value);
          }
        }
      }
    }
    return new LoraConfig(
        integer(json, "r", 8),
        number(json, "lora_alpha", 8),
        targets,
        number(json, "lora_dropout", 0),
        json.path("use_rslora").asBoolean(false));
  }

  private static boolean off(JsonNode value) {
    return value.isNull()
        || (value.isBoolean() && !value.booleanValue())
        || (value.isContainerNode() && value.isEmpty());
  }

  private static int integer(JsonNode json, String key, int whenAbsent) {
    JsonNode value = json.path(key);
    if (!json.hasNonNull(key)) {
      return whenAbsent;
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw bad(key, "must be an integer, not " + value);
    }
    return value.intValue();
  }

  private static double number(JsonNode json, String key, double whenAbsent) {
    if (!json.hasNonNull(key)) {
      return whenAbsent;
    }
    if (!json.path(key).isNumber()) {
      throw bad(key, "must be a number, not " + json.path(key));
    }
    return json.path(key).doubleValue();
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
  ObjectNode toPeft(String baseModel) {
    ObjectNode json = toJson();
    json.put("peft_type", "LORA");
    json.put("task_type", "CAUSAL_LM");
    json.put("base_model_name_or_path", baseModel);
    json.put("bias", "none");
    json.put("fan_in_fan_out", false);
    json.put("inference_mode", true);
    json.put("init_lora_weights", true);
    json.put("use_dora", false);
    json.putNull("modules_to_save");
    json.putNull("layers_to_transform");
    json.putNull("layers_pattern");
    json.putObject("rank_pattern");
    json.putObject("alpha_pattern");
    return json;
  }

  private static Problem bad(String key, String what) {
    return Problem.caller("MALFORMED_METHOD_OPTIONS", key + " " + what).at(Problem.FIELD, key);
  }

  private static Problem unsupported(String key, JsonNode value) {
    return Problem.caller(
            "UNSUPPORTED_METHOD_OPTION", "%s = %s is not supported".formatted(key, value))
        .at(Problem.FIELD, key);
  }
}
