package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.TensorEntry;
import dev.tuneline.engine.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Folders of {@code adapters/}: what PEFT wrote, and an {@code expected.json} over its base. */
final class AdapterCases implements CaseKind {
  @Override
  public String folder() {
    return "adapters";
  }

  @Override
  public List<ParityCase> cases(Path root) {
    return Folders.directories(root.resolve("adapters")).stream()
        .map(
            folder ->
                new ParityCase(
                    "adapters/" + Folders.name(folder), checks -> check(checks, root, folder)))
        .toList();
  }

  private static void check(Checks checks, Path root, Path folder) throws Exception {
    JsonNode document = Json.read(folder.resolve("expected.json"));
    Path baseFolder = Folders.inside(root, Json.text(document, "base_model"));
    JsonNode config = Json.read(folder.resolve("adapter_config.json"));
    try (BaseModel base = BaseModel.load(baseFolder);
        Adapter adapter = Methods.load(folder, base);
        @Nullable Tokenizer tokenizer = ModelCases.tokenizer(baseFolder);
        TemporaryFolder temporary = TemporaryFolder.create()) {
      MergedModel merged = new MergedModel(checks, base, adapter, temporary.path(), document);
      Map<String, Consumer<JsonNode>> more =
          Map.of(
              "num_virtual_tokens",
              value ->
                  checks.same(
                      "num_virtual_tokens",
                      config.path("num_virtual_tokens").asInt(0),
                      value.intValue()),
              "adapter_tensors",
              value -> tensors(checks, folder, value),
              "max_abs_effect_on_first_prompt",
              value -> effect(checks, base, adapter, document, value.doubleValue()),
              "effective_scaling_per_module",
              value -> scaling(checks, adapter, document.path("adapter_tensors"), value),
              "merged",
              merged::logits,
              "merged_weight_rows",
              merged::rows,
              "merged_modules_changed",
              merged::changed);
      new Expectations(checks, base, adapter, tokenizer, document).check(more);
    }
  }

  private static void tensors(Checks checks, Path folder, JsonNode expected) {
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("adapter_model.safetensors"))) {
      Map<String, TensorEntry> tensors = file.tensors();
      checks.names("adapter_tensors", tensors.keySet(), Json.names(expected));
      expected
          .properties()
          .forEach(
              field -> {
                @Nullable TensorEntry entry = tensors.get(field.getKey());
                if (entry != null) {
                  checks.same(
                      field.getKey(),
                      entry.dims(),
                      field.getValue().valueStream().map(JsonNode::longValue).toList());
                }
              });
    }
  }

  /** The expected value has four significant digits. */
  private static void effect(
      Checks checks, BaseModel base, Adapter adapter, JsonNode document, double expected) {
    int[] ids = Json.ints(Json.field(document.path("prompts").path(0), "input_ids"));
    float[] with = new Forward(base, adapter).last(ids);
    float[] without = new Forward(base, null).last(ids);
    double effect = 0;
    for (int i = 0; i < with.length; i++) {
      effect = Math.max(effect, Math.abs((double) with[i] - without[i]));
    }
    checks.close(
        "max_abs_effect_on_first_prompt",
        effect,
        expected,
        2 * Tolerances.LOGITS + 1e-3 * Math.abs(expected));
  }

  private static void scaling(Checks checks, Adapter adapter, JsonNode tensors, JsonNode expected) {
    Map<String, Double> actual = adapter.scalings();
    checks.names("effective_scaling_per_module", actual.keySet(), Json.names(expected));
    expected
        .properties()
        .forEach(
            field -> {
              @Nullable Double own = actual.get(field.getKey());
              if (isEmpty(tensors, field.getKey())) {
                checks.unchecked("the factor of a module of rank 0, which multiplies nothing,");
              } else if (own != null) {
                double value = field.getValue().doubleValue();
                checks.close(
                    "scaling of " + field.getKey(), own, value, Tolerances.SCALING * value);
              }
            });
  }

  /** Whether a module's factors have no row left. */
  private static boolean isEmpty(JsonNode tensors, String module) {
    return tensors
        .propertyStream()
        .anyMatch(
            t ->
                t.getKey().contains("." + module + ".lora_A")
                    && t.getValue().path(0).asInt(1) == 0);
  }
}
