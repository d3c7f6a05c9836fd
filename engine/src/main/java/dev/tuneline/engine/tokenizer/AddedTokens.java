package dev.tuneline.engine.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Tokens that are found in the text before anything else happens to it, by id. */
final class AddedTokens {
  private static final int MAX_ADDED = 1 << 16;

  private final Map<Integer, ObjectNode> byId = new TreeMap<>();

  /** Adds a token that stands as it is spelled; the first one of an id stays. */
  void add(int id, String content, boolean special) {
    ObjectNode token = JsonNodeFactory.instance.objectNode();
    token.put("id", id).put("content", content);
    for (String flag : new String[] {"single_word", "lstrip", "rstrip", "normalized"}) {
      token.put(flag, false);
    }
    byId.putIfAbsent(id, token.put("special", special));
  }

  /** Adds one as {@code added_tokens_decoder} of tokenizer_config.json spells it. */
  void add(int id, JsonNode settings) {
    add(id, settings.path("content").asText(), settings.path("special").asBoolean());
    ObjectNode token = byId.get(id);
    if (token != null) {
      for (String flag : new String[] {"single_word", "lstrip", "rstrip", "normalized"}) {
        token.put(flag, settings.path(flag).asBoolean());
      }
    }
  }

  /**
   * Adds what the folder's files add: {@code added_tokens_decoder} of tokenizer_config.json and
   * {@code added_tokens.json} of older folders.
   */
  void addAll(ModelFolder folder) {
    var settings = folder.read("tokenizer_config.json").path("added_tokens_decoder");
    for (var entry : settings.properties()) {
      add(id(entry.getKey(), folder), entry.getValue());
    }
    for (var entry : folder.read("added_tokens.json").properties()) {
      add(entry.getValue().asInt(), entry.getKey(), true);
    }
  }

  /** An id as {@code added_tokens_decoder} spells it. */
  static int id(String text, ModelFolder folder) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw TokenizerJson.bad(
          folder.file("tokenizer_config.json"), "\"" + text + "\" is not a token's id");
    }
  }

  /**
   * All of them in the order of their ids. The library numbers what follows the vocabulary by
   * itself, so ids without a token get one that no text spells.
   *
   * @param vocabularySize ids below are the model's own
   * @param source the file to name when an id is far beyond it
   */
  ArrayNode toJson(int vocabularySize, Path source) {
    int last = byId.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1);
    if (last - (long) vocabularySize > MAX_ADDED) {
      throw TokenizerJson.bad(source, "token id " + last + " is far beyond its vocabulary");
    }
    for (int id = vocabularySize; id < last; id++) {
      add(id, "<|reserved_token_" + id + "|>", true);
    }
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    byId.values().forEach(array::add);
    return array;
  }
}
