package dev.tuneline.platform.service;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The installation's base models, by the names of their folders.
 *
 * @param root a folder with one Hugging Face-layout folder for each base model
 */
public record ModelFolders(Path root) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final String CONFIG = "config.json";
  private static final JsonFactory JSON = new JsonFactory();

  /** What architectures call the longest context. */
  private static final Set<String> CONTEXT_KEYS =
      Set.of("max_position_embeddings", "n_positions", "seq_length", "n_ctx");

  /** Of a model that names none, as BLOOM: what it was trained with. */
  private static final int UNNAMED_CONTEXT = 2048;

  /**
   * The folder of a base model.
   *
   * @param name a plain name; never a path
   * @param field what names it in the request, e.g. {@code spec.base_model}
   * @throws Problem BASE_MODEL_NOT_FOUND when there is no such folder with a config.json
   */
  public Path folder(String name, String field) {
    Path folder = NAME.matcher(name).matches() ? root.resolve(name) : root;
    if (folder.equals(root) || !Files.isRegularFile(folder.resolve(CONFIG))) {
      throw Problem.caller("BASE_MODEL_NOT_FOUND", "there is no base model of the given name")
          .at(Problem.FIELD, field)
          .mend("use one of: " + String.join(", ", names()));
    }
    return folder;
  }

  /**
   * The longest context of a base model in tokens, as its config.json says; 2048 where it does not.
   *
   * @throws Problem BASE_MODEL_NOT_FOUND, or UNUSABLE_BASE_MODEL when the file cannot be read
   */
  public int contextTokens(String name, String field) {
    Path config = folder(name, field).resolve(CONFIG);
    int tokens = 0;
    try (JsonParser json = JSON.createParser(config.toFile())) {
      if (json.nextToken() == JsonToken.START_OBJECT) {
        for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
          if (json.nextToken() == JsonToken.VALUE_NUMBER_INT && CONTEXT_KEYS.contains(key)) {
            tokens = Math.max(tokens, json.getIntValue());
          }
          json.skipChildren();
        }
      }
    } catch (IOException e) {
      throw Problem.caller(
              "UNUSABLE_BASE_MODEL", "base model " + name + ": config.json cannot be read")
          .at(Problem.FIELD, field)
          .mend("download the model folder again")
          .causedBy(e);
    }
    return tokens < 1 ? UNNAMED_CONTEXT : tokens;
  }

  /** The names of all base models, sorted. */
  public List<String> names() {
    try (Stream<Path> children = Files.list(root)) {
      return children
          .filter(child -> Files.isRegularFile(child.resolve(CONFIG)))
          .map(child -> child.getFileName().toString())
          .filter(name -> NAME.matcher(name).matches())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw Problem.ours("MODELS_UNREADABLE", "cannot list the base models", e)
          .mend("check the folder tuneline.models.root");
    }
  }
}
