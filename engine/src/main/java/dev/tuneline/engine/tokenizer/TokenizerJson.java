package dev.tuneline.engine.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.errors.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A folder's tokenizer in the form that Hugging Face's library reads, whichever files it comes as.
 *
 * @param json the tree of a {@code tokenizer.json}
 * @param text the same as text; what is published stays as it is, byte by byte
 * @param made whether any of it was made here, and not as published
 * @param source the file that it was made of
 * @param eosToken ends a text where no settings name a token, or ""
 * @param padToken fills a batch where no settings name a token, or ""
 * @param stopTokens end generation beside the end of text
 */
record TokenizerJson(
    ObjectNode json,
    String text,
    boolean made,
    Path source,
    String eosToken,
    String padToken,
    List<String> stopTokens) {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** One that was made of other files. */
  static TokenizerJson made(
      ObjectNode json, Path source, String eosToken, String padToken, List<String> stopTokens) {
    return new TokenizerJson(json, json.toString(), true, source, eosToken, padToken, stopTokens);
  }

  /**
   * Reads {@code tokenizer.json}, else makes one of {@code vocab.json} and {@code merges.txt},
   * {@code tokenizer.model} or {@code vocab.txt}.
   *
   * @throws Problem MISSING_TOKENIZER when there is none of them, BAD_TOKENIZER
   */
  static TokenizerJson of(ModelFolder folder) {
    Path fast = folder.file("tokenizer.json");
    if (Files.isRegularFile(fast)) {
      return published(folder, fast);
    }
    if (Files.isRegularFile(folder.file("vocab.json"))
        && Files.isRegularFile(folder.file("merges.txt"))) {
      return BytePairFiles.convert(folder);
    }
    if (Files.isRegularFile(folder.file("tokenizer.model"))) {
      return SentencePieceFile.convert(folder);
    }
    if (Files.isRegularFile(folder.file("vocab.txt"))) {
      return WordPieceFile.convert(folder);
    }
    throw Problem.caller(
            "MISSING_TOKENIZER",
            "the model folder has no tokenizer: neither tokenizer.json, nor vocab.json with"
                + " merges.txt, nor tokenizer.model, nor vocab.txt")
        .at(Problem.FILE, fast)
        .mend("copy the tokenizer's files from where the model was published");
  }

  private static TokenizerJson published(ModelFolder folder, Path file) {
    String text = folder.text("tokenizer.json");
    try {
      if (!(new ObjectMapper().readTree(text) instanceof ObjectNode json)) {
        throw bad(file, "it is not a JSON object");
      }
      return addMissingTokens(json, folder)
          ? made(json, file, "", "", List.of())
          : new TokenizerJson(json, text, false, file, "", "", List.of());
    } catch (JsonProcessingException e) {
      throw bad(file, e.getOriginalMessage()).causedBy(e);
    }
  }

  /** Some folders name tokens in tokenizer_config.json that tokenizer.json lacks. */
  private static boolean addMissingTokens(ObjectNode json, ModelFolder folder) {
    AddedTokens tokens = new AddedTokens();
    Set<String> known = new HashSet<>();
    for (JsonNode token : json.path("added_tokens")) {
      tokens.add(token.path("id").asInt(), token);
      known.add(token.path("content").asText());
    }
    int before = known.size();
    for (var entry :
        folder.read("tokenizer_config.json").path("added_tokens_decoder").properties()) {
      if (known.add(entry.getValue().path("content").asText())) {
        tokens.add(AddedTokens.id(entry.getKey(), folder), entry.getValue());
      }
    }
    boolean missing = known.size() > before;
    if (missing) {
      json.set(
          "added_tokens",
          tokens.toJson(
              json.path("model").path("vocab").size(), folder.file("tokenizer_config.json")));
    }
    return missing;
  }

  /** A tokenizer.json of these parts; null stands for a part that there is not. */
  static ObjectNode tree(
      ArrayNode addedTokens,
      JsonNode normalizer,
      JsonNode preTokenizer,
      JsonNode postProcessor,
      JsonNode decoder,
      ObjectNode model) {
    ObjectNode root = NODES.objectNode();
    root.put("version", "1.0").putNull("truncation").putNull("padding");
    root.set("added_tokens", addedTokens);
    root.set("normalizer", normalizer);
    root.set("pre_tokenizer", preTokenizer);
    root.set("post_processor", postProcessor);
    root.set("decoder", decoder);
    root.set("model", model);
    return root;
  }

  static ObjectNode part(String type) {
    return NODES.objectNode().put("type", type);
  }

  /** A sequence of parts under the name that its kind uses. */
  static ObjectNode sequence(String name, List<? extends JsonNode> parts) {
    ObjectNode sequence = part("Sequence");
    sequence.putArray(name).addAll(parts);
    return sequence;
  }

  static ObjectNode replace(String patternKind, String pattern, String content) {
    ObjectNode replace = part("Replace");
    replace.putObject("pattern").put(patternKind, pattern);
    return replace.put("content", content);
  }

  /** Puts tokens around a text, by their ids in {@code vocabulary}. */
  static ObjectNode frame(List<String> before, List<String> after, Vocabulary vocabulary) {
    ObjectNode template = part("TemplateProcessing");
    ObjectNode tokens = NODES.objectNode();
    for (String list : new String[] {"single", "pair"}) {
      ArrayNode items = template.putArray(list);
      before.forEach(token -> items.add(item("SpecialToken", token)));
      items.add(item("Sequence", "A"));
      after.forEach(token -> items.add(item("SpecialToken", token)));
      if (list.equals("pair")) {
        items.add(item("Sequence", "B"));
        after.forEach(token -> items.add(item("SpecialToken", token)));
      }
    }
    for (List<String> side : List.of(before, after)) {
      for (String token : side) {
        ObjectNode entry = tokens.putObject(token).put("id", token);
        entry.putArray("ids").add(vocabulary.id(token).orElseThrow());
        entry.putArray("tokens").add(token);
      }
    }
    template.set("special_tokens", tokens);
    return template;
  }

  private static ObjectNode item(String kind, String id) {
    ObjectNode item = NODES.objectNode();
    item.putObject(kind).put("id", id).put("type_id", 0);
    return item;
  }

  static Problem bad(Path file, String what) {
    return Problem.caller(
            "BAD_TOKENIZER", "%s cannot be read: %s".formatted(file.getFileName(), what))
        .at(Problem.FILE, file)
        .mend("download the model folder again");
  }
}
