package dev.tuneline.engine.chat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.chat.jinja.JinjaTemplate;
import dev.tuneline.engine.chat.jinja.TemplateFailure;
import dev.tuneline.engine.tokenizer.ModelFolder;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A model's own chat template: a Jinja text that spells a conversation as one string, as
 * transformers would.
 *
 * <p>The few templates that tell the day (Llama 3.2's, by {@code strftime_now}) tell the day of the
 * rendering, so that a conversation's text changes from day to day. The text of messages is data:
 * template syntax inside it is never run. Immutable, for any number of threads.
 */
public final class ChatTemplate {
  private final String source;
  private final Clock clock;
  private final String bosToken;
  private final String eosToken;

  /** Read when first rendered: a model whose template is broken can still complete texts. */
  private volatile @Nullable JinjaTemplate template;

  /** A template and the texts of the two tokens that it may name ("" where the model has none). */
  public ChatTemplate(String source, String bosToken, String eosToken) {
    this(source, bosToken, eosToken, Clock.system(ZoneId.systemDefault()));
  }

  /** As above; {@code clock} is for templates that tell the day. */
  ChatTemplate(String source, String bosToken, String eosToken, Clock clock) {
    this.source = source.endsWith("\n") ? source.substring(0, source.length() - 1) : source;
    this.clock = clock;
    this.bosToken = bosToken;
    this.eosToken = eosToken;
  }

  /**
   * Reads {@code chat_template.jinja}, else {@code chat_template} of {@code tokenizer_config.json}
   * (of several named ones, "default"), else takes the one that models of this type are known to
   * use though their folders do not say so (ChatGLM).
   *
   * <p>Fails with MISSING_CHAT_TEMPLATE when there is none.
   */
  public static ChatTemplate load(Path folder) {
    ModelFolder files = new ModelFolder(folder);
    String eosToken = files.token("eos_token", "");
    String source =
        Files.isRegularFile(files.file("chat_template.jinja"))
            ? files.text("chat_template.jinja")
            : named(files.read("tokenizer_config.json").path("chat_template"));
    if (source.isEmpty()
        && files.read("config.json").path("model_type").asText().equals("chatglm")) {
      source = resource("chatglm.jinja");
      eosToken = files.token("eos_token", "</s>");
    }
    if (source.isEmpty()) {
      throw Problem.caller("MISSING_CHAT_TEMPLATE", "the model folder has no chat template")
          .at(Problem.FILE, folder)
          .mend("add chat_template.jinja, or chat_template to tokenizer_config.json");
    }
    return new ChatTemplate(source, files.token("bos_token", ""), eosToken);
  }

  /**
   * The conversation as the model was trained to read it.
   *
   * <p>Fails with CHAT_TEMPLATE_REFUSED when the template raises (a role or an order that it does
   * not know) and with BAD_CHAT_TEMPLATE when it cannot be rendered.
   *
   * @param addGenerationPrompt whether to end with what opens the assistant's turn
   */
  public String render(List<ChatMessage> messages, boolean addGenerationPrompt) {
    Map<String, @Nullable Object> variables = new HashMap<>();
    variables.put("messages", messages.stream().map(ChatTemplate::turn).toList());
    variables.put("tools", null);
    variables.put("documents", null);
    variables.put("add_generation_prompt", addGenerationPrompt);
    variables.put("bos_token", bosToken);
    variables.put("eos_token", eosToken);
    try {
      return parsed().render(variables);
    } catch (TemplateFailure failure) {
      throw problem(failure);
    }
  }

  private static Map<String, String> turn(ChatMessage message) {
    Map<String, String> turn = new LinkedHashMap<>();
    turn.put("role", message.role());
    turn.put("content", message.content());
    return turn;
  }

  private JinjaTemplate parsed() {
    JinjaTemplate known = template;
    if (known == null) {
      known = JinjaTemplate.parse(source, clock);
      template = known;
    }
    return known;
  }

  /** The text of the token that ends an answer, or "". */
  public String eosToken() {
    return eosToken;
  }

  /** SHA-256 of the template and its two token texts, 64 lower-case hexadecimal digits. */
  public String digest() {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (String part : List.of(source, bosToken, eosToken)) {
        sha256.update(part.getBytes(UTF_8));
        sha256.update((byte) 0);
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static Problem problem(TemplateFailure failure) {
    if (failure.raised()) {
      return Problem.caller(
              "CHAT_TEMPLATE_REFUSED",
              "the chat template refused the conversation: " + failure.getMessage())
          .at(Problem.FIELD, "messages")
          .mend("order the messages and name the roles as the base model's template expects");
    }
    return Problem.caller("BAD_CHAT_TEMPLATE", "the chat template failed: " + failure.getMessage())
        .at(Problem.LINE, failure.line())
        .mend("mend the base model's chat template");
  }

  private static String named(JsonNode template) {
    if (!template.isArray()) {
      return template.asText("");
    }
    for (JsonNode entry : template) {
      if (entry.path("name").asText().equals("default")) {
        return entry.path("template").asText("");
      }
    }
    return "";
  }

  private static String resource(String name) {
    try (InputStream in = Objects.requireNonNull(ChatTemplate.class.getResourceAsStream(name))) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
