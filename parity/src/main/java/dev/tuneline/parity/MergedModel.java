package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.tensor.WeightFile;
import dev.tuneline.engine.tensor.WeightFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The complete model folder that an adapter merged into its base gives, compared with PEFT's. */
final class MergedModel {
  /** The format keeps this row of a matrix, and this value of a vector. */
  private static final int ROW = 3;

  private final Checks checks;
  private final BaseModel base;
  private final Adapter adapter;
  private final Path folder;
  private final JsonNode document;

  /** {@code folder} is empty; the merged model is written there when it is first asked for. */
  MergedModel(Checks checks, BaseModel base, Adapter adapter, Path folder, JsonNode document) {
    this.checks = checks;
    this.base = base;
    this.adapter = adapter;
    this.folder = folder;
    this.document = document;
  }

  private Path merged() {
    if (!Files.exists(folder.resolve("config.json"))) {
      adapter.saveMerged(folder);
    }
    return folder;
  }

  void logits(JsonNode expected) {
    try (BaseModel merged = BaseModel.load(merged())) {
      Forward forward = new Forward(merged, null);
      for (int i = 0; i < expected.size(); i++) {
        JsonNode prompt = document.path("prompts").path(i);
        JsonNode values = Json.field(expected.get(i), "logits_last_first32");
        float[] last = forward.last(Json.ints(Json.field(prompt, "input_ids")));
        checks.close(
            "merged[%d]".formatted(i),
            Arrays.copyOf(last, values.size()),
            values,
            Tolerances.MERGED_LOGITS);
      }
    }
  }

  void rows(JsonNode expected) {
    try (WeightFiles files = WeightFiles.open(merged())) {
      expected
          .properties()
          .forEach(
              field -> {
                Optional<String> name = stored(files, field.getKey());
                String what = "merged weight " + field.getKey();
                if (name.isEmpty()) {
                  checks.fail(what + " is missing");
                } else {
                  JsonNode values = field.getValue();
                  checks.close(
                      what,
                      row(files, name.get(), values.size()),
                      values,
                      Tolerances.MERGED_WEIGHTS);
                }
              });
    }
  }

  private static float[] row(WeightFiles files, String name, int size) {
    WeightFile file = Objects.requireNonNull(files.owners().get(name), name);
    List<Long> dims = Objects.requireNonNull(file.tensors().get(name), name).dims();
    int width = dims.size() > 1 ? Math.toIntExact(dims.getLast()) : 1;
    return Arrays.copyOfRange(file.floats(name), ROW * width, ROW * width + size);
  }

  void changed(JsonNode expected) {
    Set<String> names = new TreeSet<>();
    Set<String> changed = new TreeSet<>();
    try (WeightFiles before = WeightFiles.open(base.folder());
        WeightFiles after = WeightFiles.open(merged())) {
      expected.valueStream().forEach(n -> names.add(stored(after, n.asText()).orElse(n.asText())));
      for (String name : after.owners().keySet()) {
        Optional<String> old = stored(before, name);
        if (old.isEmpty() || !Arrays.equals(values(before, old.get()), values(after, name))) {
          changed.add(name);
        }
      }
    }
    checks.names("merged_modules_changed", changed, names);
  }

  private static float[] values(WeightFiles files, String name) {
    return Objects.requireNonNull(files.owners().get(name), name).floats(name);
  }

  /** A weight's name in the files, which may leave out the prefix of the base model. */
  private static Optional<String> stored(WeightFiles files, String name) {
    int dot = name.indexOf('.');
    return Stream.of(name, name.substring(dot + 1)).filter(files.owners()::containsKey).findFirst();
  }
}
