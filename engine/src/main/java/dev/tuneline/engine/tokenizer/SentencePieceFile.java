package dev.tuneline.engine.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.tokenizer.SentencePieceModel.Kind;
import dev.tuneline.engine.tokenizer.SentencePieceModel.Piece;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * SentencePiece's {@code tokenizer.model}, BPE or unigram.
 *
 * <p>Llama's class of tokenizers is made as transformers 5 makes it, all others as SentencePiece
 * itself treats the text. ChatGLM's special tokens follow the pieces in the order of its own code.
 */
final class SentencePieceFile {
  private static final String SPACE = "\u2581";

  private static final List<String> CHATGLM_TOKENS =
      List.of(
          "[MASK]",
          "[gMASK]",
          "[sMASK]",
          "sop",
          "eop",
          "<|system|>",
          "<|user|>",
          "<|assistant|>",
          "<|observation|>");

  private final ModelFolder folder;
  private final Path file;
  private final SentencePieceModel model;

  private SentencePieceFile(ModelFolder folder, Path file, SentencePieceModel model) {
    this.folder = folder;
    this.file = file;
    this.model = model;
  }

  static TokenizerJson convert(ModelFolder folder) {
    Path file = folder.file("tokenizer.model");
    try {
      return new SentencePieceFile(
              folder, file, SentencePieceModel.parse(folder.bytes("tokenizer.model")))
          .convert();
    } catch (IllegalArgumentException e) {
      throw TokenizerJson.bad(file, "not a SentencePiece model: " + e.getMessage());
    }
  }

  private TokenizerJson convert() {
    boolean chatGlm = isClass("ChatGLM", "chatglm");
    boolean llama = !model.unigram() && (isClass("Llama", "llama") || isClass("LLaMA", "mistral"));
    AddedTokens added = new AddedTokens();
    List<Piece> pieces = model.pieces();
    for (int id = 0; id < pieces.size(); id++) {
      Kind kind = pieces.get(id).kind();
      if (kind == Kind.CONTROL || kind == Kind.USER_DEFINED || kind == Kind.UNKNOWN) {
        added.add(id, pieces.get(id).text(), kind != Kind.USER_DEFINED);
      }
    }
    if (chatGlm) {
      for (int i = 0; i < CHATGLM_TOKENS.size(); i++) {
        added.add(pieces.size() + i, CHATGLM_TOKENS.get(i), true);
      }
    }
    added.addAll(folder);

    ObjectNode tree =
        TokenizerJson.tree(
            added.toJson(pieces.size(), file),
            llama ? NullNode.instance : normalizer(),
            llama ? metaspace() : NullNode.instance,
            NullNode.instance,
            decoder(),
            model.unigram() ? unigram() : bytePairs(llama));
    Vocabulary vocabulary = Vocabulary.of(tree);
    tree.set("post_processor", frame(chatGlm, vocabulary));
    List<String> stops = chatGlm ? List.of("<|user|>", "<|observation|>") : List.of();
    String pad = chatGlm ? pieces.get(model.unknownId()).text() : "";
    return TokenizerJson.made(tree, file, model.eosPiece(), pad, stops);
  }

  private boolean isClass(String tokenizer, String modelType) {
    JsonNode named = folder.read("tokenizer_config.json").path("tokenizer_class");
    return named.isTextual()
        ? named.asText().startsWith(tokenizer)
        : folder.read("config.json").path("model_type").asText().equals(modelType);
  }

  /** SentencePiece's own steps: compiled map, white space, space in front, visible spaces. */
  private ObjectNode normalizer() {
    List<ObjectNode> steps = new ArrayList<>();
    if (!model.charsMap().isEmpty()) {
      steps.add(TokenizerJson.part("Precompiled").put("precompiled_charsmap", model.charsMap()));
    }
    if (model.singleSpaces()) {
      steps.add(TokenizerJson.part("Strip").put("strip_left", true).put("strip_right", true));
      steps.add(TokenizerJson.replace("Regex", " {2,}", " "));
    }
    if (model.dummyPrefix()) {
      steps.add(TokenizerJson.part("Prepend").put("prepend", SPACE));
    }
    steps.add(TokenizerJson.replace("String", " ", SPACE));
    return TokenizerJson.sequence("normalizers", steps);
  }

  /** In transformers 5 a space is put before the first text, or before each if "legacy" is set. */
  private ObjectNode metaspace() {
    JsonNode settings = folder.read("tokenizer_config.json");
    boolean prefix = settings.path("add_prefix_space").asBoolean(true);
    boolean legacy = settings.path("legacy").asBoolean(false);
    return TokenizerJson.part("Metaspace")
        .put("replacement", SPACE)
        .put("prepend_scheme", prefix ? legacy ? "always" : "first" : "never")
        .put("split", false);
  }

  private ObjectNode decoder() {
    List<ObjectNode> steps = new ArrayList<>();
    steps.add(TokenizerJson.replace("String", SPACE, " "));
    steps.add(TokenizerJson.part("ByteFallback"));
    steps.add(TokenizerJson.part("Fuse"));
    boolean prefix = folder.read("tokenizer_config.json").path("add_prefix_space").asBoolean(true);
    if (model.dummyPrefix() && prefix) {
      steps.add(TokenizerJson.part("Strip").put("content", " ").put("start", 1).put("stop", 0));
    }
    return TokenizerJson.sequence("decoders", steps);
  }

  private ObjectNode unigram() {
    ObjectNode unigram = TokenizerJson.part("Unigram").put("unk_id", model.unknownId());
    ArrayNode vocabulary = unigram.putArray("vocab");
    for (Piece piece : model.pieces()) {
      vocabulary.addArray().add(piece.text()).add((double) piece.score());
    }
    return unigram.put("byte_fallback", model.byteFallback());
  }

  private ObjectNode bytePairs(boolean llama) {
    ObjectNode pairs = TokenizerJson.part("BPE").putNull("dropout");
    pairs.put("unk_token", model.pieces().get(model.unknownId()).text());
    pairs.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    pairs.put("fuse_unk", true).put("byte_fallback", llama || model.byteFallback());
    pairs.put("ignore_merges", false);
    ObjectNode vocabulary = pairs.putObject("vocab");
    for (int id = 0; id < model.pieces().size(); id++) {
      vocabulary.put(model.pieces().get(id).text(), id);
    }
    addMerges(pairs.putArray("merges"));
    return pairs;
  }

  private record Merge(String left, String right, float score) {}

  /**
   * SentencePiece joins the neighbours whose piece has the best score; the library joins by rank.
   * So every way to cut a piece in two pieces is a merge, the best piece's first.
   */
  private void addMerges(ArrayNode array) {
    Map<String, Integer> ids = new HashMap<>();
    Set<String> whole = new HashSet<>();
    for (int id = 0; id < model.pieces().size(); id++) {
      Piece piece = model.pieces().get(id);
      ids.put(piece.text(), id);
      if (piece.kind() != Kind.NORMAL && piece.kind() != Kind.UNUSED) {
        whole.add(piece.text());
      }
    }
    List<Merge> merges = new ArrayList<>();
    for (Piece piece : model.pieces()) {
      String text = piece.text();
      if (whole.contains(text)) {
        continue;
      }
      List<Merge> cuts = new ArrayList<>();
      for (int at = 1; at < text.length(); at++) {
        String left = text.substring(0, at);
        String right = text.substring(at);
        if (ids.containsKey(left)
            && ids.containsKey(right)
            && !whole.contains(left)
            && !whole.contains(right)) {
          cuts.add(new Merge(left, right, piece.score()));
        }
      }
      cuts.sort(
          Comparator.<Merge>comparingInt(m -> ids.getOrDefault(m.left(), 0))
              .thenComparingInt(m -> ids.getOrDefault(m.right(), 0)));
      merges.addAll(cuts);
    }
    merges.sort(Comparator.comparingDouble((Merge m) -> m.score()).reversed());
    merges.forEach(m -> array.addArray().add(m.left()).add(m.right()));
  }

  private JsonNode frame(boolean chatGlm, Vocabulary vocabulary) {
    if (chatGlm) {
      return TokenizerJson.frame(List.of("[gMASK]", "sop"), List.of(), vocabulary);
    }
    JsonNode settings = folder.read("tokenizer_config.json");
    List<String> before = new ArrayList<>();
    List<String> after = new ArrayList<>();
    String bos = folder.token("bos_token", "<s>");
    String eos = folder.token("eos_token", model.eosPiece());
    if (settings.path("add_bos_token").asBoolean(false) && vocabulary.id(bos).isPresent()) {
      before.add(bos);
    }
    if (settings.path("add_eos_token").asBoolean(false) && vocabulary.id(eos).isPresent()) {
      after.add(eos);
    }
    return before.isEmpty() && after.isEmpty()
        ? NullNode.instance
        : TokenizerJson.frame(before, after, vocabulary);
  }
}
