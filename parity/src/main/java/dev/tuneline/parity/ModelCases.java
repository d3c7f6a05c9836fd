package dev.tuneline.parity;

import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Folders of {@code models/}: {@code config.json} with {@code expected.json}; {@code
 * config.v5.json}, which must give the same model; and on the same weights {@code
 * config_<variant>.json} with {@code expected_<variant>.json}.
 */
final class ModelCases implements CaseKind {
  private static final Pattern CONFIG = Pattern.compile("config(_.+?)?(\\.v5)?\\.json");
  private static final Pattern EXPECTED = Pattern.compile("expected(_.+?)?\\.json");

  @Override
  public String folder() {
    return "models";
  }

  @Override
  public List<ParityCase> cases(Path root) {
    List<ParityCase> cases = new ArrayList<>();
    for (Path folder : Folders.directories(root.resolve("models"))) {
      String name = "models/" + Folders.name(folder);
      List<Path> files = Folders.files(folder);
      boolean main = false;
      for (Path file : files) {
        Matcher config = CONFIG.matcher(Folders.name(file));
        if (config.matches()) {
          boolean isMain = Folders.name(file).equals("config.json");
          main |= isMain;
          Path expected = folder.resolve("expected%s.json".formatted(text(config.group(1))));
          cases.add(
              new ParityCase(
                  isMain ? name : name + " " + Folders.name(file),
                  checks -> check(checks, folder, file, expected)));
        }
        Matcher expected = EXPECTED.matcher(Folders.name(file));
        if (expected.matches()) {
          Path own = folder.resolve("config%s.json".formatted(text(expected.group(1))));
          if (!Files.exists(own) && !Folders.name(own).equals("config.json")) {
            cases.add(
                new ParityCase(
                    name + " " + Folders.name(file), checks -> check(checks, folder, own, file)));
          }
        }
      }
      if (!main) {
        cases.add(
            new ParityCase(
                name,
                checks ->
                    check(
                        checks,
                        folder,
                        folder.resolve("config.json"),
                        folder.resolve("expected.json"))));
      }
    }
    return cases;
  }

  private static String text(@Nullable String group) {
    return group == null ? "" : group;
  }

  private static void check(Checks checks, Path folder, Path config, Path expected)
      throws IOException {
    var document = Json.read(expected);
    Json.read(config);
    try (ConfiguredModel model = ConfiguredModel.load(folder, config);
        @Nullable Tokenizer tokenizer = tokenizer(folder)) {
      new Expectations(checks, model.base(), null, tokenizer, document).check(Map.of());
      if (document.has("eos_token_id")) {
        checks.holds(
            "eos_token_id: %s does not hold %d"
                .formatted(model.base().eosIds(), document.path("eos_token_id").intValue()),
            model.base().eosIds().contains(document.path("eos_token_id").intValue()));
      }
    }
  }

  /** The folder's tokenizer; null when it has none. */
  static @Nullable Tokenizer tokenizer(Path folder) {
    return Files.exists(folder.resolve("tokenizer.json"))
            || Files.exists(folder.resolve("vocab.txt"))
        ? Tokenizer.load(folder)
        : null;
  }

  /** The model of a folder as it stands. */
  static BaseModel load(Path root, String folder) {
    return BaseModel.load(Folders.inside(root, folder));
  }
}
