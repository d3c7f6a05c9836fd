package dev.tuneline.engine.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/** The small JSON files of a Hugging Face folder that say which ids end, pad and mark text. */
final class ModelFolder {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  ModelFolder(Path folder) {
    this.folder = folder;
  }

  /** The file's tree, or a missing node when there is no such file. */
  JsonNode read(String name) {
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file)) {
      return MissingNode.getInstance();
    }
    try {
      return JSON.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw Problem.caller("BAD_JSON", name + " is not valid JSON: " + e.getOriginalMessage())
          .at(Problem.FILE, file)
          .mend("download the model folder again");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The ids by this precedence: the tokenizer's own {@code eos_token} and {@code pad_token}, then
   * {@code generation_config.json}, then {@code config.json}; pad falls back to eos.
   */
  SpecialTokens specialTokens(Vocabulary vocabulary) {
    JsonNode tokenizer = read("tokenizer_config.json");
    JsonNode generation = read("generation_config.json");
    JsonNode config = read("config.json");

    Set<Integer> ends = new LinkedHashSet<>();
    vocabulary.id(tokenText(tokenizer.path("eos_token"))).ifPresent(ends::add);
    addIds(ends, generation.path("eos_token_id"));
    if (ends.isEmpty()) {
      addIds(ends, config.path("eos_token_id"));
    }
    ends.removeIf(id -> id < 0 || id >= vocabulary.size());
    if (ends.isEmpty()) {
      throw Problem.caller("MISSING_EOS_TOKEN", "the model folder names no token that ends a text")
          .at(Problem.FILE, folder)
          .mend("set eos_token in tokenizer_config.json to one of the tokenizer's tokens");
    }
    Set<Integer> pads = new LinkedHashSet<>();
    vocabulary.id(tokenText(tokenizer.path("pad_token"))).ifPresent(pads::add);
    addIds(pads, generation.path("pad_token_id"));
    addIds(pads, config.path("pad_token_id"));
    int eos = ends.iterator().next();
    int pad = pads.isEmpty() ? eos : pads.iterator().next();
    return new SpecialTokens(eos, ends, pad, vocabulary.special());
  }

  /** A token is written as its text or as an object with {@code content}. */
  static String tokenText(JsonNode token) {
    return token.isObject() ? token.path("content").asText() : token.asText("");
  }

  private static void addIds(Set<Integer> ids, JsonNode node) {
    if (node.isInt()) {
      ids.add(node.intValue());
    }
    node.elements().forEachRemaining(element -> addIds(ids, element));
  }
}
