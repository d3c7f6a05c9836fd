package dev.tuneline.engine.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.errors.Problem;
import java.util.List;

/** Byte-level BPE from {@code vocab.json} and {@code merges.txt}, as GPT-2 and Qwen2 have it. */
final class BytePairFiles {
  private static final String END = "<|endoftext|>";

  /** How Qwen2 cuts a text before BPE: GPT-2's words, but digits one by one. */
  private static final String QWEN2_WORDS =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
          + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private BytePairFiles() {}

  static TokenizerJson convert(ModelFolder folder) {
    if (!(folder.read("vocab.json") instanceof ObjectNode vocabulary)) {
      throw TokenizerJson.bad(folder.file("vocab.json"), "it is not a JSON object");
    }
    ObjectNode model = TokenizerJson.part("BPE");
    model.putNull("dropout").putNull("unk_token");
    model.put("continuing_subword_prefix", "").put("end_of_word_suffix", "");
    model.put("fuse_unk", false).put("byte_fallback", false).set("vocab", vocabulary);
    addMerges(model.putArray("merges"), folder);

    AddedTokens added = new AddedTokens();
    added.addAll(folder);
    for (String role : List.of("bos_token", "eos_token", "unk_token", "pad_token")) {
      String token = folder.token(role, END);
      if (vocabulary.has(token)) {
        added.add(vocabulary.get(token).intValue(), token, true);
      }
    }

    boolean qwen = isQwen2(folder);
    boolean prefixSpace =
        folder.read("tokenizer_config.json").path("add_prefix_space").asBoolean(false);
    ObjectNode bytes = byteLevel(prefixSpace, !qwen);
    ObjectNode tree =
        TokenizerJson.tree(
            added.toJson(vocabulary.size(), folder.file("vocab.json")),
            qwen ? TokenizerJson.part("NFC") : NullNode.instance,
            qwen ? TokenizerJson.sequence("pretokenizers", List.of(words(), bytes)) : bytes,
            byteLevel(false, true).put("trim_offsets", false),
            byteLevel(true, true),
            model);
    String bos = folder.token("bos_token", END);
    Vocabulary known = Vocabulary.of(tree);
    if (folder.read("tokenizer_config.json").path("add_bos_token").asBoolean(false)
        && known.id(bos).isPresent()) {
      tree.set("post_processor", TokenizerJson.frame(List.of(bos), List.of(), known));
    }
    return TokenizerJson.made(tree, folder.file("vocab.json"), END, END, List.of());
  }

  private static void addMerges(ArrayNode merges, ModelFolder folder) {
    int number = 0;
    for (String line : (Iterable<String>) folder.text("merges.txt").lines()::iterator) {
      number++;
      if (line.isBlank() || (number == 1 && line.startsWith("#version"))) {
        continue;
      }
      String[] pair = line.strip().split(" ", -1);
      if (pair.length != 2) {
        throw TokenizerJson.bad(folder.file("merges.txt"), "a line is not a pair of tokens")
            .at(Problem.LINE, number);
      }
      merges.addArray().add(pair[0]).add(pair[1]);
    }
  }

  private static boolean isQwen2(ModelFolder folder) {
    JsonNode tokenizerClass = folder.read("tokenizer_config.json").path("tokenizer_class");
    return tokenizerClass.isTextual()
        ? tokenizerClass.asText().startsWith("Qwen2")
        : folder.read("config.json").path("model_type").asText().startsWith("qwen");
  }

  private static ObjectNode words() {
    ObjectNode split = TokenizerJson.part("Split");
    split.putObject("pattern").put("Regex", QWEN2_WORDS);
    return split.put("behavior", "Isolated").put("invert", false);
  }

  private static ObjectNode byteLevel(boolean prefixSpace, boolean regex) {
    return TokenizerJson.part("ByteLevel")
        .put("add_prefix_space", prefixSpace)
        .put("trim_offsets", true)
        .put("use_regex", regex);
  }
}
