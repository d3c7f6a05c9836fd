package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.generation.GenerationRequest;
import dev.tuneline.engine.generation.Generator;
import dev.tuneline.engine.generation.Penalties;
import dev.tuneline.engine.generation.Sampling;
import dev.tuneline.engine.generation.Scorer;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.Validation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What an {@code expected.json} says of a model, bare or with an adapter.
 *
 * <p>It walks over the document's fields, so a field that it does not know is named, never skipped.
 */
final class Expectations {
  private static final Set<String> INFORMATIVE =
      Set.of(
          "arch",
          "adapter",
          "base_model",
          "hf_class",
          "seed",
          "versions",
          "notes",
          "config",
          "weights",
          "eos_token_id",
          "pad_token_id",
          "fp32_vs_fp64_max_abs_diff",
          "verified_against_glm_class_max_abs_diff",
          "in_memory_vs_reloaded_max_abs_diff",
          "peft_generate_equals_recompute_greedy",
          "peft_generate_left_padded_equals_single",
          "greedy_margin_min",
          // Read together with the field that they belong to.
          "input_ids",
          "completion_ids");
  private static final Pattern FIRST_LOGITS = Pattern.compile("logits_last(_first\\d+)?");
  private static final Pattern FIRST_AT_PLACES = Pattern.compile("logits_first\\d+");
  private static final Pattern TOP_LOGITS = Pattern.compile("logits_last_top\\d+");
  private static final Pattern GREEDY = Pattern.compile("greedy_\\d+");
  private static final Pattern PENALTY = Pattern.compile("greedy_repetition_penalty_([0-9.]+)");

  private final Checks checks;
  private final BaseModel base;
  private final @Nullable Adaptation adaptation;
  private final @Nullable Tokenizer tokenizer;
  private final JsonNode document;
  private final Forward forward;

  Expectations(
      Checks checks,
      BaseModel base,
      @Nullable Adaptation adaptation,
      @Nullable Tokenizer tokenizer,
      JsonNode document) {
    this.checks = checks;
    this.base = base;
    this.adaptation = adaptation;
    this.tokenizer = tokenizer;
    this.document = document;
    this.forward = new Forward(base, adaptation);
  }

  /**
   * Checks every field.
   *
   * @param more how to check the fields that only this kind of document has
   */
  void check(Map<String, Consumer<JsonNode>> more) {
    prompts();
    document
        .properties()
        .forEach(
            field -> {
              JsonNode value = field.getValue();
              String name = field.getKey();
              Matcher penalty = PENALTY.matcher(name);
              @Nullable Consumer<JsonNode> own = more.get(name);
              if (own != null) {
                own.accept(value);
              } else if (value.isNull() || name.equals("prompts") || INFORMATIVE.contains(name)) {
                return;
              } else if (name.equals("left_padded_batch")) {
                leftPadded(value);
              } else if (name.equals("right_padded_training_batch")) {
                rightPadded(value);
              } else if (name.equals("stop_case")) {
                stopCase(value);
              } else if (penalty.matches()) {
                penalty(value, name, Double.parseDouble(penalty.group(1)));
              } else if (name.equals("sampling_distributions")) {
                distributions(value);
              } else if (name.equals("beam")) {
                checks.unchecked("beam (informative)");
              } else {
                checks.unchecked("unknown field " + name);
              }
            });
  }

  private void prompts() {
    JsonNode prompts = Json.field(document, "prompts");
    for (int i = 0; i < prompts.size(); i++) {
      new Prompt("prompts[" + i + "].", prompts.get(i)).check();
    }
  }

  /** One prompt's fields. */
  private final class Prompt {
    private final String at;
    private final JsonNode prompt;
    private final int[] ids;
    private final float[][] logits;
    private final float[] last;

    Prompt(String at, JsonNode prompt) {
      this.at = at;
      this.prompt = prompt;
      this.ids = Json.ints(Json.field(prompt, "input_ids"));
      this.logits = forward.all(ids);
      this.last = logits[ids.length - 1];
    }

    void check() {
      prompt.properties().forEach(field -> check(field.getKey(), field.getValue()));
      if (prompt.has("completion_ids")) {
        completion();
      }
    }

    private void check(String name, JsonNode value) {
      String what = at + name;
      if (FIRST_LOGITS.matcher(name).matches()) {
        int size = name.equals("logits_last") ? last.length : value.size();
        checks.close(what, Arrays.copyOf(last, size), value, Tolerances.LOGITS);
      } else if (FIRST_AT_PLACES.matcher(name).matches()) {
        for (JsonNode place : value) {
          int position = Json.field(place, "position").intValue();
          JsonNode values = Json.field(place, "values");
          checks.close(
              "%s at %d".formatted(what, position),
              Arrays.copyOf(logits[position], values.size()),
              values,
              Tolerances.LOGITS);
        }
      } else if (TOP_LOGITS.matcher(name).matches()) {
        int[] top = Json.ints(Json.field(value, "ids"));
        float[] chosen = new float[top.length];
        for (int i = 0; i < top.length; i++) {
          chosen[i] = last[top[i]];
        }
        checks.close(what, chosen, Json.field(value, "values"), Tolerances.LOGITS);
      } else if (GREEDY.matcher(name).matches()) {
        checks.ids(what, greedy(ids, Sampling.GREEDY, value.size(), Set.of()), value);
      } else {
        switch (name) {
          case "text" -> tokenised(what, value.asText(), prompt.path("input_ids"));
          case "completion_text" -> completionText(what, value.asText());
          case "argmax_per_position" ->
              checks.ids(what, Arrays.stream(logits).mapToInt(Forward::argmax).toArray(), value);
          case "logits_last_sum" ->
              checks.close(what, sum(), value.doubleValue(), Tolerances.LOGITS * spread());
          case "logits_last_l2" ->
              checks.close(what, norm(), value.doubleValue(), Tolerances.LOGITS * spread());
          case "completion_logprobs", "completion_logprob_sum", "loss" -> {}
          default -> {
            if (!INFORMATIVE.contains(name)) {
              checks.unchecked("unknown field prompts." + name);
            }
          }
        }
      }
    }

    private void completion() {
      Scorer.Completion completion =
          new Scorer.Completion(
              Json.list(prompt.path("input_ids")),
              Json.list(prompt.path("completion_ids")),
              adaptation);
      Scorer.Score score = new Scorer(base).score(List.of(completion)).getFirst();
      double[] logProbs = score.logProbs().stream().mapToDouble(Double::doubleValue).toArray();
      if (prompt.has("completion_logprobs")) {
        checks.close(
            at + "completion_logprobs",
            logProbs,
            Json.doubles(prompt.path("completion_logprobs")),
            Tolerances.LOGITS);
      }
      if (prompt.has("completion_logprob_sum")) {
        checks.close(
            at + "completion_logprob_sum",
            score.sum(),
            prompt.path("completion_logprob_sum").doubleValue(),
            Tolerances.LOGITS * logProbs.length);
      }
      if (prompt.has("loss")) {
        checks.close(at + "loss", score.loss(), prompt.path("loss").doubleValue(), Tolerances.LOSS);
      }
    }

    private void completionText(String what, String text) {
      int[] ids = Json.ints(prompt.path("completion_ids"));
      if (tokenizer != null && ids.length > 0) {
        int[] encoded = tokenizer.encode(text, false);
        int[] ended = Arrays.copyOf(encoded, encoded.length + 1);
        ended[encoded.length] = document.path("eos_token_id").asInt(ids[ids.length - 1]);
        checks.ids(what, ended, prompt.path("completion_ids"));
      }
    }

    private double sum() {
      return IntStream.range(0, last.length).mapToDouble(i -> last[i]).sum();
    }

    private double norm() {
      return Math.sqrt(
          IntStream.range(0, last.length).mapToDouble(i -> (double) last[i] * last[i]).sum());
    }

    /** How errors of single logits add up. */
    private double spread() {
      return Math.sqrt(last.length);
    }
  }

  private void tokenised(String what, String text, JsonNode ids) {
    if (tokenizer != null) {
      checks.ids(what, tokenizer.encode(text, false), ids);
    }
  }

  private void leftPadded(JsonNode batch) {
    List<int[]> rows = new ArrayList<>();
    for (int i = 0; i < Json.field(batch, "input_ids").size(); i++) {
      rows.add(real(batch.path("input_ids").get(i), Json.field(batch, "attention_mask").get(i)));
    }
    float[][] last = forward.last(rows);
    for (int i = 0; i < last.length; i++) {
      JsonNode values = Json.field(batch, "logits_last_first16").get(i);
      checks.close(
          "left_padded_batch[%d]".formatted(i),
          Arrays.copyOf(last[i], values.size()),
          values,
          Tolerances.LOGITS);
    }
    checks.ids(
        "left_padded_batch.argmax_last",
        Arrays.stream(last).mapToInt(Forward::argmax).toArray(),
        Json.field(batch, "argmax_last"));
  }

  private void rightPadded(JsonNode batch) {
    List<TrainingExample> examples = examples(batch);
    Validation validation = Validation.of(base, adaptation, examples, examples.size());
    checks.same(
        "right_padded_training_batch.num_label_tokens",
        validation.labelTokens(),
        Json.field(batch, "num_label_tokens").intValue());
    checks.close(
        "right_padded_training_batch.loss_token_mean",
        validation.loss(),
        Json.field(batch, "loss_token_mean").doubleValue(),
        Tolerances.LOSS);
  }

  /** The rows of a right-padded batch without their padding. */
  static List<TrainingExample> examples(JsonNode batch) {
    List<TrainingExample> examples = new ArrayList<>();
    for (int i = 0; i < Json.field(batch, "input_ids").size(); i++) {
      JsonNode mask = Json.field(batch, "attention_mask").get(i);
      examples.add(
          new TrainingExample(
              real(batch.path("input_ids").get(i), mask),
              real(Json.field(batch, "labels").get(i), mask)));
    }
    return examples;
  }

  private static int[] real(JsonNode values, JsonNode mask) {
    return IntStream.range(0, values.size())
        .filter(i -> mask.get(i).intValue() == 1)
        .map(i -> values.get(i).intValue())
        .toArray();
  }

  private void stopCase(JsonNode stop) {
    int[] ids =
        greedy(
            promptOf(stop),
            Sampling.GREEDY,
            Json.field(stop, "max_new_tokens").intValue(),
            Set.of(Json.field(stop, "eos_token_id").intValue()));
    checks.ids("stop_case", ids, Json.field(stop, "expected_new_ids_including_eos"));
  }

  private void penalty(JsonNode penalised, String name, double penalty) {
    JsonNode expected = Json.field(penalised, "new_ids");
    Sampling sampling = Sampling.GREEDY.with(Penalties.repetition(penalty));
    checks.ids(name, greedy(promptOf(penalised), sampling, expected.size(), Set.of()), expected);
  }

  private void distributions(JsonNode distributions) {
    float[] logits = forward.last(promptOf(distributions));
    Distributions.check(checks, logits, Json.field(distributions, "cases"));
  }

  private int[] promptOf(JsonNode node) {
    JsonNode prompt = document.path("prompts").get(Json.field(node, "prompt").intValue());
    return Json.ints(Json.field(prompt, "input_ids"));
  }

  private int[] greedy(int[] prompt, Sampling sampling, int tokens, Set<Integer> eosIds) {
    GenerationRequest request =
        GenerationRequest.greedy(prompt, adaptation, tokens, eosIds).with(sampling);
    return new Generator(base).generate(List.of(request)).getFirst();
  }
}
