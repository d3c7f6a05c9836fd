package dev.tuneline.engine.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.errors.Problem;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The tokens of one {@code tokenizer.json} by id, as they are stored. Immutable. */
final class Vocabulary {
  /** How a token spells text. */
  private enum Spelling {
    /** GPT-2's: each character stands for a byte. */
    BYTE_LEVEL,
    /** SentencePiece's: a mark for the space, and tokens that stand for one byte. */
    PIECES,
    /** Only the decoder can tell, from the tokens around it. */
    OTHER
  }

  private static final int MAX_ID = 1 << 24;
  private static final String SPACE = "\u2581";
  private static final Pattern BYTE_TOKEN = Pattern.compile("<0x[0-9A-F]{2}>");

  private final @Nullable String[] tokens;
  private final Map<String, Integer> added;
  private final Set<Integer> special;
  private final Spelling spelling;

  private Vocabulary(
      @Nullable String[] tokens,
      Map<String, Integer> added,
      Set<Integer> special,
      Spelling spelling) {
    this.tokens = tokens;
    this.added = Map.copyOf(added);
    this.special = Set.copyOf(special);
    this.spelling = spelling;
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
    if (byId.keySet().stream().anyMatch(id -> id < 0 || id > MAX_ID)) {
      throw Problem.caller("BAD_TOKENIZER", "the tokenizer's ids are not those of a vocabulary")
          .mend("download the model folder again");
    }
    int size = byId.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
    @Nullable String[] tokens = new @Nullable String[size];
    byId.forEach((id, text) -> tokens[id] = text);
    return new Vocabulary(tokens, added, special, spelling(tokenizer.path("decoder")));
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
    // A model's embedding may be padded beyond the vocabulary.
    String token = id < tokens.length ? tokens[id] : null;
    if (token == null) {
      return new byte[0];
    }
    if (added.containsKey(token)) {
      return token.getBytes(UTF_8);
    }
    return switch (spelling) {
      case BYTE_LEVEL -> ByteLevel.bytes(token);
      case PIECES -> {
        int value = byteOf(id);
        yield value >= 0 ? new byte[] {(byte) value} : token.replace(SPACE, " ").getBytes(UTF_8);
      }
      case OTHER -> null;
    };
  }

  /** The value of a token that stands for one byte, such as {@code <0x0A>}; -1 for any other. */
  int byteOf(int id) {
    String token = id < tokens.length ? tokens[id] : null;
    if (spelling != Spelling.PIECES
        || token == null
        || added.containsKey(token)
        || !BYTE_TOKEN.matcher(token).matches()) {
      return -1;
    }
    return Integer.parseInt(token, 3, 5, 16);
  }

  /** A token of a plain letter, before which no decoder trims a space. */
  OptionalInt anchor() {
    for (int id = 0; id < tokens.length; id++) {
      String token = tokens[id];
      if (token != null
          && token.length() == 1
          && Character.isLetter(token.charAt(0))
          && !added.containsKey(token)) {
        return OptionalInt.of(id);
      }
    }
    return OptionalInt.empty();
  }

  private static Spelling spelling(JsonNode decoder) {
    if (decoder.path("type").asText().equals("ByteLevel")) {
      return Spelling.BYTE_LEVEL;
    }
    if (decoder.path("type").asText().equals("ByteFallback")) {
      return Spelling.PIECES;
    }
    for (JsonNode part : decoder.path("decoders")) {
      Spelling inside = spelling(part);
      if (inside != Spelling.OTHER) {
        return inside;
      }
    }
    return Spelling.OTHER;
  }
}
