package dev.tuneline.engine.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

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
public final class ModelFolder {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  public ModelFolder(Path folder) {
    this.folder = folder;
  }

  /** Where a file of that name stands, or would. */
  public Path file(String name) {
    return folder.resolve(name);
  }

  /** The bytes of a file that is there. */
  byte[] bytes(String name) {
    try {
      return Files.readAllBytes(file(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The text of a UTF-8 file that is there. */
  public String text(String name) {
    return new String(bytes(name), UTF_8);
  }

  /**
   * The token of a role such as {@code eos_token}, of tokenizer_config.json or else of
   * special_tokens_map.json.
   *
   * @param otherwise what it is where neither names one
   */
  public String token(String role, String otherwise) {
    for (String name : new String[] {"tokenizer_config.json", "special_tokens_map.json"}) {
      String text = tokenText(read(name).path(role));
      if (!text.isEmpty()) {
        return text;
      }
    }
    return otherwise;
  }

  /** The file's tree, or a missing node when there is no such file. */
  public JsonNode read(String name) {
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file)) {
      return MissingNode.getInstance();
    }
    try {
      return JSON.readTree(bytes(name));
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
   * {@code generation_config.json}, then {@code config.json}, then what the kind of tokenizer uses;
   * pad falls back to eos.
   */
  SpecialTokens specialTokens(Vocabulary vocabulary, TokenizerJson tokenizer) {
    JsonNode generation = read("generation_config.json");
    JsonNode config = read("config.json");

    Set<Integer> ends = new LinkedHashSet<>();
    vocabulary.id(token("eos_token", "")).ifPresent(ends::add);
    addIds(ends, generation.path("eos_token_id"));
    if (ends.isEmpty()) {
      addIds(ends, config.path("eos_token_id"));
    }
    ends.removeIf(id -> id < 0 || id >= vocabulary.size());
    if (ends.isEmpty()) {
      vocabulary.id(tokenizer.eosToken()).ifPresent(ends::add);
    }
    if (ends.isEmpty()) {
      throw Problem.caller("MISSING_EOS_TOKEN", "the model folder names no token that ends a text")
          .at(Problem.FILE, folder)
          .mend("set eos_token in tokenizer_config.json to one of the tokenizer's tokens");
    }
    int eos = ends.iterator().next();
    tokenizer.stopTokens().forEach(token -> vocabulary.id(token).ifPresent(ends::add));
    Set<Integer> pads = new LinkedHashSet<>();
    vocabulary.id(token("pad_token", "")).ifPresent(pads::add);
    addIds(pads, generation.path("pad_token_id"));
    addIds(pads, config.path("pad_token_id"));
    vocabulary.id(tokenizer.padToken()).ifPresent(pads::add);
    int pad = pads.isEmpty() ? eos : pads.iterator().next();
    return new SpecialTokens(eos, ends, pad, vocabulary.special());
  }

  /** A token is written as its text or as an object with {@code content}. */
  public static String tokenText(JsonNode token) {
    return token.isObject() ? token.path("content").asText() : token.asText("");
  }

  private static void addIds(Set<Integer> ids, JsonNode node) {
    if (node.isInt()) {
      ids.add(node.intValue());
    }
    node.elements().forEachRemaining(element -> addIds(ids, element));
  }
}
