package dev.tuneline.engine.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The tokens of one {@code tokenizer.json} by id, as they are stored. Immutable. */
final class Vocabulary {
  private final @Nullable String[] tokens;
  private final Map<String, Integer> added;
  private final Set<Integer> special;
  private final boolean byteLevel;

  private Vocabulary(
      @Nullable String[] tokens,
      Map<String, Integer> added,
      Set<Integer> special,
      boolean byteLevel) {
    this.tokens = tokens;
    this.added = Map.copyOf(added);
    this.special = Set.copyOf(special);
    this.byteLevel = byteLevel;
  }

  /** Reads the model's vocabulary (a map for BPE, a list for Unigram) and the added tokens. */
  static Vocabulary of(JsonNode tokenizer) {
    Map<Integer, String> byId = new HashMap<>();
    JsonNode vocabulary = tokenizer.path("model").path("vocab");
    if (vocabulary.isArray()) {
      for (int id = 0; id < vocabulary.size(); id++) {
        byId.put(id, vocabulary.get(id).path(0).asText());
      }
    } else {
      vocabulary.properties().forEach(entry -> byId.put(entry.getValue().asInt(), entry.getKey()));
    }
    Map<String, Integer> added = new HashMap<>();
    Set<Integer> special = new HashSet<>();
    for (JsonNode token : tokenizer.path("added_tokens")) {
      int id = token.path("id").asInt();
      String text = token.path("content").asText();
      byId.put(id, text);
      added.put(text, id);
      if (token.path("special").asBoolean()) {
        special.add(id);
      }
    }
    int size = byId.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
    @Nullable String[] tokens = new @Nullable String[size];
    byId.forEach((id, text) -> tokens[id] = text);
    return new Vocabulary(tokens, added, special, isByteLevel(tokenizer.path("decoder")));
  }

  /** One more than the largest id. */
  int size() {
    return tokens.length;
  }

  Set<Integer> special() {
    return special;
  }

  /** The id of an added token (special tokens are added tokens), or of a plain one. */
  OptionalInt id(String token) {
    Integer id = added.get(token);
    if (id != null) {
      return OptionalInt.of(id);
    }
    int found = Arrays.asList(tokens).indexOf(token);
    return found < 0 ? OptionalInt.empty() : OptionalInt.of(found);
  }

  /** The bytes that a token stands for, or null where only the decoder can tell. */
  byte @Nullable [] bytes(int id) {
    String token = tokens[id];
    if (token == null) {
      return new byte[0];
    }
    if (added.containsKey(token)) {
      return token.getBytes(UTF_8);
    }
    return byteLevel ? ByteLevel.bytes(token) : null;
  }

  private static boolean isByteLevel(JsonNode decoder) {
    if (decoder.path("type").asText().equals("ByteLevel")) {
      return true;
    }
    for (JsonNode part : decoder.path("decoders")) {
      if (isByteLevel(part)) {
        return true;
      }
    }
    return false;
  }
}
