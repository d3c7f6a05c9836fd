package dev.tuneline.engine.adapter.lora;

import static dev.tuneline.engine.adapter.MethodOptions.bad;
import static dev.tuneline.engine.adapter.MethodOptions.unsupported;

import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.adapter.module.AdaptedModule;
import dev.tuneline.engine.adapter.module.DefaultTargets;
import dev.tuneline.engine.adapter.module.Extras;
import dev.tuneline.engine.adapter.module.ModuleMethod;
import dev.tuneline.engine.adapter.module.TargetModules;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.Linear;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The supported keys of a LoRA adapter_config.json.
 *
 * @param rank {@code r}
 * @param alpha {@code lora_alpha}
 * @param ranks {@code rank_pattern}, which changes r of single modules
 * @param alphas {@code alpha_pattern}, which changes lora_alpha of single modules
 * @param dropout {@code lora_dropout}, on the adapter's input, in training only
 * @param rankStabilised {@code use_rslora}: scaling is alpha / sqrt(r), not alpha / r
 * @param decomposed {@code use_dora}
 * @param init {@code init_lora_weights}
 */
public record LoraConfig(
    int rank,
    double alpha,
    RankPattern<Integer> ranks,
    RankPattern<Double> alphas,
    TargetModules targets,
    Extras extras,
    double dropout,
    boolean rankStabilised,
    boolean decomposed,
    Init init)
    implements ModuleMethod {

  /** How A and B begin. */
  public enum Init {
    /** A uniform, B zero: no effect yet. */
    KAIMING,
    /** A normal, B zero: no effect yet. */
    GAUSSIAN,
    /** A and B uniform. */
    NOT_ZERO,
    /** A and B orthogonal to each other: no effect yet. Ranks must be even. */
    ORTHOGONAL;

    private static final Pattern CHANGES_BASE =
        Pattern.compile("pissa|olora|corda", Pattern.CASE_INSENSITIVE);

    /** That of a saved adapter: EVA, which chooses A by data, is past and left the base alone. */
    static Init parseSaved(MethodOptions options) {
      @Nullable JsonNode value = options.value("init_lora_weights");
      return value != null && value.asText().equalsIgnoreCase("eva") ? KAIMING : parse(options);
    }

    static Init parse(MethodOptions options) {
      @Nullable JsonNode value = options.value("init_lora_weights");
      if (value == null || value.isBoolean()) {
        return value == null || value.booleanValue() ? KAIMING : NOT_ZERO;
      }
      return switch (value.asText().toLowerCase(Locale.ROOT)) {
        case "gaussian" -> GAUSSIAN;
        case "orthogonal" -> ORTHOGONAL;
        default ->
            throw unsupported("init_lora_weights", value)
                .mend(
                    CHANGES_BASE.matcher(value.asText()).lookingAt()
                        ? "it changes the base model: save such an adapter with PEFT's"
                            + " path_initial_model_for_weight_conversion, which makes plain LoRA"
                            + " of it"
                        : "use true, false, \"gaussian\" or \"orthogonal\"");
      };
    }

    void write(ObjectNode json) {
      switch (this) {
        case KAIMING -> json.put("init_lora_weights", true);
        case GAUSSIAN -> json.put("init_lora_weights", "gaussian");
        case NOT_ZERO -> json.put("init_lora_weights", false);
        case ORTHOGONAL -> json.put("init_lora_weights", "orthogonal");
      }
    }
  }

  public LoraConfig {
    requireRank("r", rank, init);
    requireAlpha("lora_alpha", alpha);
    ranks.values().values().forEach(r -> requireRank("rank_pattern", r, init));
    alphas.values().values().forEach(a -> requireAlpha("alpha_pattern", a));
    if (!(dropout >= 0 && dropout < 1)) {
      throw bad("lora_dropout", "must be at least 0 and below 1, not " + dropout);
    }
  }

  private static void requireRank(String key, int rank, Init init) {
    if (rank < 1) {
      throw bad(key, "must be a positive integer, not " + rank);
    }
    if (init == Init.ORTHOGONAL && rank % 2 != 0) {
      throw bad(key, "must be even for an orthogonal start, not " + rank);
    }
  }

  /** A negative one takes away what an adapter has learned. */
  private static void requireAlpha(String key, double alpha) {
    if (alpha == 0 || !Double.isFinite(alpha)) {
      throw bad(key, "must be a number other than 0, not " + alpha);
    }
  }

  /**
   * Reads PEFT's keys; see {@link MethodOptions} for what becomes of unknown ones.
   *
   * @param modelType decides the targets of options that name none
   */
  public static LoraConfig parse(MethodOptions options, String modelType) {
    return parse(options, modelType, Init.parse(options));
  }

  /** Reads them of an adapter that has been trained. */
  public static LoraConfig parseSaved(MethodOptions options, String modelType) {
    options.ignore("eva_config");
    return parse(options, modelType, Init.parseSaved(options));
  }

  private static LoraConfig parse(MethodOptions options, String modelType, Init init) {
    options.ignore("fan_in_fan_out", "megatron_core", "qalora_group_size", "runtime_config");
    LoraConfig config =
        new LoraConfig(
            options.integer("r", 8),
            options.number("lora_alpha", 8),
            RankPattern.parse("rank_pattern", options, MethodOptions::integer),
            RankPattern.parse("alpha_pattern", options, MethodOptions::number),
            TargetModules.parse(options, () -> DefaultTargets.lowRank(modelType)),
            Extras.parse(options),
            options.number("lora_dropout", 0),
            options.flag("use_rslora", false),
            options.flag("use_dora", false),
            init);
    options.refuseOthers();
    return config;
  }

  /** {@code dora} and {@code rslora} are kinds of {@code lora}. */
  @Override
  public String name() {
    return decomposed ? "dora" : rankStabilised ? "rslora" : "lora";
  }

  @Override
  public LoraConfig withTargets(TargetModules others) {
    return new LoraConfig(
        rank, alpha, ranks, alphas, others, extras, dropout, rankStabilised, decomposed, init);
  }

  @Override
  public int rank(String module) {
    return ranks.at(module, rank);
  }

  @Override
  public AdaptedModule linear(Linear linear, PtNDManager manager) {
    Factors factors = factors(linear.module(), linear.in(), linear.out(), manager);
    LoraLinear lora = new LoraLinear(linear, factors, init);
    return decomposed ? new DoraLinear(lora, new Magnitude(linear.out(), manager)) : lora;
  }

  @Override
  public AdaptedModule embedding(Embedding embedding, PtNDManager manager) {
    int vocab = Math.toIntExact(embedding.weight().getShape().get(0));
    int hidden = Math.toIntExact(embedding.weight().getShape().get(1));
    return new LoraEmbedding(
        embedding,
        factors(embedding.module(), vocab, hidden, manager),
        init,
        decomposed ? new Magnitude(hidden, manager) : null);
  }

  private Factors factors(String module, int in, int out, PtNDManager manager) {
    int own = rank(module);
    double scaling = alphas.at(module, alpha) / (rankStabilised ? Math.sqrt(own) : own);
    return Factors.zeros(own, in, out, scaling, manager);
  }

  @Override
  public ObjectNode options() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("r", rank);
    MethodOptions.putNumber(json, "lora_alpha", alpha);
    ranks.write(json);
    alphas.write(json);
    targets.write(json);
    extras.write(json);
    json.put("lora_dropout", dropout);
    json.put("use_rslora", rankStabilised);
    json.put("use_dora", decomposed);
    init.write(json);
    return json;
  }

  @Override
  public ObjectNode saved(List<AdaptedModule> modules) {
    ObjectNode json = options();
    json.put("peft_type", "LORA");
    json.put("fan_in_fan_out", modules.stream().anyMatch(LoraConfig::isConv1d));
    return json;
  }

  private static boolean isConv1d(AdaptedModule module) {
    return switch (module) {
      case LoraLinear lora -> lora.base().matrix().transposed();
      case DoraLinear dora -> isConv1d(dora.lora());
      default -> false;
    };
  }
}
