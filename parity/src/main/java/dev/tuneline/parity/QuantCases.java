package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.WeightFile;
import dev.tuneline.engine.tensor.WeightFiles;
import dev.tuneline.errors.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * {@code quant/}: matrices in NF4 with double quantisation in {@code nf4.safetensors}, and a base
 * model held so with an adapter over it.
 */
final class QuantCases implements CaseKind {
  private static final Set<String> INFORMATIVE =
      Set.of("packing", "tie_rule", "double_quant", "note", "versions");

  @Override
  public String folder() {
    return "quant";
  }

  @Override
  public List<ParityCase> cases(Path root) {
    Path folder = root.resolve("quant");
    Path document = folder.resolve("expected.json");
    List<ParityCase> cases = new ArrayList<>();
    JsonNode expected;
    try {
      expected = Json.read(document);
    } catch (Problem problem) {
      return List.of(
          new ParityCase(
              "quant",
              _ -> {
                throw problem;
              }));
    }
    cases.add(new ParityCase("quant/expected.json", checks -> rules(checks, expected)));
    for (String name : new TreeSet<>(Json.names(expected.path("matrices")))) {
      cases.add(
          new ParityCase(
              "quant/" + name,
              checks ->
                  new Nf4Cases(checks, root, folder.resolve("nf4.safetensors"))
                      .check(name, expected)));
    }
    if (expected.has("qlora_forward")) {
      cases.add(
          new ParityCase(
              "quant/qlora_forward",
              checks -> forward(checks, root, expected.path("qlora_forward"))));
    }
    for (Path file : Folders.files(folder)) {
      if (!Set.of("expected.json", "nf4.safetensors").contains(Folders.name(file))) {
        String name = "quant/" + Folders.name(file);
        cases.add(ParityCase.unsupported(name, "files like " + name));
      }
    }
    return cases;
  }

  /** The fields that no other case reads. */
  private static void rules(Checks checks, JsonNode expected) {
    expected
        .properties()
        .forEach(
            field -> {
              String name = field.getKey();
              switch (name) {
                case "blocksize" -> checks.same(name, field.getValue().intValue(), Nf4Cases.BLOCK);
                case "nested_blocksize" ->
                    checks.same(name, field.getValue().intValue(), Nf4Cases.NESTED_BLOCK);
                case "matrices" -> checks.holds("no matrices", !field.getValue().isEmpty());
                case "qlora_forward" -> {}
                default -> {
                  if (!INFORMATIVE.contains(name)) {
                    checks.unchecked("unknown field " + name);
                  }
                }
              }
            });
  }

  private static void forward(Checks checks, Path root, JsonNode expected) {
    Path folder = Folders.inside(root, Json.text(expected, "base"));
    try (BaseModel base = BaseModel.load(folder, Precision.NF4);
        Adapter adapter =
            Methods.load(Folders.inside(root, Json.text(expected, "adapter")), base)) {
      Consumer<JsonNode> read = _ -> {};
      new Expectations(checks, base, adapter, null, expected)
          .check(
              Map.of(
                  "base",
                  read,
                  "adapter",
                  read,
                  "quantised_linears",
                  names ->
                      checks.names(
                          "quantised_linears",
                          quantised(base, folder),
                          Set.copyOf(Json.strings(names))),
                  "base_only_logits_last_first64",
                  rows -> bare(checks, base, expected.path("prompts"), rows)));
    }
  }

  private static void bare(Checks checks, BaseModel base, JsonNode prompts, JsonNode expected) {
    Forward forward = new Forward(base, null);
    for (int i = 0; i < expected.size(); i++) {
      float[] last = forward.last(Json.ints(Json.field(prompts.path(i), "input_ids")));
      checks.close(
          "base_only_logits_last_first64[%d]".formatted(i),
          Arrays.copyOf(last, expected.get(i).size()),
          expected.get(i),
          Tolerances.LOGITS);
    }
  }

  /** The projections whose values are no longer those of the file. */
  private static Set<String> quantised(BaseModel base, Path folder) {
    Set<String> names = new TreeSet<>();
    try (WeightFiles files = WeightFiles.open(folder);
        var _ = GradientMode.off()) {
      for (Linear linear : base.decoder().linears().values()) {
        WeightFile file = Objects.requireNonNull(files.owners().get(linear.weightName()));
        try (var _ = new Scope()) {
          float[] held = Tensors.floats(linear.matrix().stored(linear.matrix().dense()));
          if (!Arrays.equals(held, file.floats(linear.weightName()))) {
            names.add(linear.module());
          }
        }
      }
    }
    return names;
  }

  /** A file that a document names as {@code path:tensor}; its values. */
  static float[] tensor(Path root, String source) {
    int colon = source.lastIndexOf(':');
    Path file = Folders.inside(root, source.substring(0, colon));
    if (!Files.exists(file)) {
      throw Problem.caller("MISSING_FILE", "there is no " + source.substring(0, colon));
    }
    try (WeightFile opened = WeightFile.open(file)) {
      return opened.floats(source.substring(colon + 1));
    }
  }
}
