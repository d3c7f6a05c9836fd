package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Documents of {@code chat/}: templates, masks, instructions, pairs and tokenisation. */
final class ChatCases implements CaseKind {
  @Override
  public String folder() {
    return "chat";
  }

  @Override
  public List<ParityCase> cases(Path root) {
    Path folder = root.resolve("chat");
    List<ParityCase> cases = new ArrayList<>();
    for (Path file : Folders.files(folder)) {
      String name = "chat/" + Folders.name(file);
      switch (Folders.name(file)) {
        case "templates.json" -> {
          if (!Files.exists(folder.resolve("chat_cases.jsonl"))) {
            cases.add(
                new ParityCase(name, checks -> Json.read(folder.resolve("chat_cases.jsonl"))));
          }
        }
        case "chat_cases.jsonl" ->
            cases.add(new ParityCase(name, checks -> rendered(checks, root, file)));
        case "instruction_cases.json" ->
            cases.add(new ParityCase(name, checks -> InstructionCases.check(checks, file)));
        case "sft_masks.json" ->
            cases.add(
                new ParityCase(
                    name,
                    checks -> {
                      try (Encoding encoding = encoding(root, file)) {
                        new MaskCases(checks, encoding).check(Json.read(file));
                      }
                    }));
        case "prompt_completion.json" ->
            cases.add(
                new ParityCase(
                    name,
                    checks -> {
                      try (Encoding encoding = encoding(root, file)) {
                        new PairCases(checks, encoding).check(Json.read(file));
                      }
                    }));
        case "tokenize.json" ->
            cases.add(
                new ParityCase(
                    name,
                    checks -> {
                      try (Encoding encoding = encoding(root, file)) {
                        tokenised(checks, encoding.tokenizer(), Json.read(file));
                      }
                    }));
        default -> cases.add(ParityCase.unsupported(name, "files like " + name));
      }
    }
    return cases;
  }

  /** A model folder's tokenizer and template. */
  record Encoding(Tokenizer tokenizer, ChatTemplate template) implements AutoCloseable {
    @Override
    public void close() {
      tokenizer.close();
    }
  }

  /** The encoding that {@code file} names, else the one that another document beside it names. */
  private static Encoding encoding(Path root, Path file) throws IOException {
    List<Path> documents = new ArrayList<>(List.of(file));
    documents.add(file.resolveSibling("tokenize.json"));
    documents.add(file.resolveSibling("sft_masks.json"));
    for (Path document : documents) {
      boolean whole = Folders.name(document).endsWith(".json") && Files.exists(document);
      JsonNode path = whole ? Json.read(document).path("tokenizer") : null;
      if (path != null && path.isTextual()) {
        Path folder = Objects.requireNonNull(Folders.inside(root, path.textValue()).getParent());
        return new Encoding(Tokenizer.load(folder), ChatTemplate.load(folder));
      }
    }
    throw Problem.caller("MALFORMED_CASE", "no document says which tokenizer it means")
        .at(Problem.FILE, file)
        .at(Problem.FIELD, "tokenizer");
  }

  static List<ChatMessage> messages(JsonNode array) {
    return array
        .valueStream()
        .map(m -> new ChatMessage(Json.text(m, "role"), Json.text(m, "content")))
        .toList();
  }

  /** Templates by name. */
  static Map<String, ChatTemplate> templates(Path file) {
    Map<String, ChatTemplate> templates = new LinkedHashMap<>();
    Json.read(file)
        .properties()
        .forEach(
            field ->
                templates.put(
                    field.getKey(),
                    new ChatTemplate(
                        Json.text(field.getValue(), "jinja"),
                        field.getValue().path("bos_token").asText(""),
                        field.getValue().path("eos_token").asText(""))));
    return templates;
  }

  private static void rendered(Checks checks, Path root, Path file) throws IOException {
    Map<String, ChatTemplate> templates = templates(file.resolveSibling("templates.json"));
    List<JsonNode> cases = Json.lines(file);
    boolean tokens = cases.stream().anyMatch(c -> c.has("input_ids"));
    try (Encoding encoding = tokens ? encoding(root, file) : null) {
      for (JsonNode c : cases) {
        String what = "%s with %s".formatted(Json.text(c, "case"), Json.text(c, "template"));
        ChatTemplate template = templates.get(Json.text(c, "template"));
        if (template == null) {
          checks.fail(what + ": there is no such template");
        } else if (c.has("error")) {
          refused(checks, what, template, c);
        } else {
          spelled(checks, what, template, c, encoding);
        }
      }
    }
  }

  private static void spelled(
      Checks checks, String what, ChatTemplate template, JsonNode c, @Nullable Encoding encoding) {
    try {
      String text =
          template.render(
              messages(Json.field(c, "messages")), c.path("add_generation_prompt").asBoolean());
      checks.same(what, text, Json.text(c, "text"));
      if (encoding != null && c.has("input_ids")) {
        checks.ids(what, encoding.tokenizer().encode(text, false), c.path("input_ids"));
      }
    } catch (Problem problem) {
      checks.fail(what + ": " + problem.describe());
    }
  }

  private static void refused(Checks checks, String what, ChatTemplate template, JsonNode c) {
    try {
      String text =
          template.render(
              messages(Json.field(c, "messages")), c.path("add_generation_prompt").asBoolean());
      checks.same(what, text, "the error " + Json.text(c, "error"));
    } catch (Problem problem) {
      checks.holds(
          "%s: \"%s\" instead of the error \"%s\""
              .formatted(what, problem.message(), Json.text(c, "error")),
          problem.message().contains(Json.text(c, "error")));
    }
  }

  private static void tokenised(Checks checks, Tokenizer tokenizer, JsonNode document) {
    JsonNode cases = Json.field(document, "cases");
    for (int i = 0; i < cases.size(); i++) {
      JsonNode c = cases.get(i);
      int[] expected = Json.ints(Json.field(c, "ids"));
      String what = "cases[%d]".formatted(i);
      checks.ids(what, tokenizer.encode(Json.text(c, "text"), false), c.path("ids"));
      checks.same(
          what + " decoded_keep_special",
          tokenizer.decode(expected, false),
          Json.text(c, "decoded_keep_special"));
      checks.same(
          what + " decoded_skip_special",
          tokenizer.decode(expected, true),
          Json.text(c, "decoded_skip_special"));
    }
  }
}
