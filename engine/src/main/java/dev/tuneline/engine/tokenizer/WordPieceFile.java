package dev.tuneline.engine.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** BERT's tokenizer from {@code vocab.txt}: one token a line, its id the line's number from 0. */
final class WordPieceFile {
  private WordPieceFile() {}

  static TokenizerJson convert(ModelFolder folder) {
    ObjectNode vocabulary = JsonNodeFactory.instance.objectNode();
    String text = folder.text("vocab.txt").replace("\r\n", "\n").replace('\r', '\n');
    List<String> lines = text.lines().toList();
    for (int id = 0; id < lines.size(); id++) {
      vocabulary.put(lines.get(id), id);
    }
    JsonNode settings = folder.read("tokenizer_config.json");
    String unknown = folder.token("unk_token", "[UNK]");
    String start = folder.token("cls_token", "[CLS]");
    String end = folder.token("sep_token", "[SEP]");
    String pad = folder.token("pad_token", "[PAD]");
    if (!vocabulary.has(unknown)) {
      throw TokenizerJson.bad(folder.file("vocab.txt"), "it has no token " + unknown);
    }
    AddedTokens added = new AddedTokens();
    for (String token : List.of(unknown, start, end, pad, folder.token("mask_token", "[MASK]"))) {
      if (vocabulary.has(token)) {
        added.add(vocabulary.get(token).intValue(), token, true);
      }
    }
    for (JsonNode kept : settings.path("never_split")) {
      if (vocabulary.has(kept.asText())) {
        added.add(vocabulary.get(kept.asText()).intValue(), kept.asText(), false);
      }
    }
    added.addAll(folder);

    ObjectNode model = TokenizerJson.part("WordPiece");
    model.put("unk_token", unknown).put("continuing_subword_prefix", "##");
    model.put("max_input_chars_per_word", 100).set("vocab", vocabulary);
    ObjectNode normalizer = TokenizerJson.part("BertNormalizer").put("clean_text", true);
    normalizer.put("handle_chinese_chars", settings.path("tokenize_chinese_chars").asBoolean(true));
    normalizer.set(
        "strip_accents",
        settings.path("strip_accents").isBoolean()
            ? settings.get("strip_accents")
            : NullNode.instance);
    normalizer.put("lowercase", settings.path("do_lower_case").asBoolean(true));
    ObjectNode decoder = TokenizerJson.part("WordPiece").put("prefix", "##").put("cleanup", true);
    ObjectNode tree =
        TokenizerJson.tree(
            added.toJson(lines.size(), folder.file("vocab.txt")),
            normalizer,
            TokenizerJson.part("BertPreTokenizer"),
            NullNode.instance,
            decoder,
            model);
    if (vocabulary.has(start) && vocabulary.has(end)) {
      tree.set(
          "post_processor", TokenizerJson.frame(List.of(start), List.of(end), Vocabulary.of(tree)));
    }
    return TokenizerJson.made(tree, folder.file("vocab.txt"), end, pad, List.of());
  }
}
