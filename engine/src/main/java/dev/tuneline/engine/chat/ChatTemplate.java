package dev.tuneline.engine.chat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import dev.tuneline.engine.tokenizer.ModelFolder;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A model's own chat template: a Jinja text that spells a conversation as one string.
 *
 * <p>The text of messages is data: template syntax inside it is never run. Immutable, for any
 * number of threads.
 */
public final class ChatTemplate {
  /** A rendered conversation larger than this is refused. */
  public static final long MAX_OUTPUT_BYTES = 16L << 20;

  /** A loop over what meets a condition, which the renderer would take for an empty loop. */
  private static final Pattern FILTERED_LOOP =
      Pattern.compile(
          "\\{%[-+]?\\s*for\\s((?!%}).)*?\\sin\\s((?!%}).)*?\\sif\\s((?!%}|\\selse\\s).)*%}",
          Pattern.DOTALL);

  private static final Jinjava JINJA = jinja();

  private final String source;
  private final String settled;
  private final String bosToken;
  private final String eosToken;

  /** A template and the texts of the two tokens that it may name ("" where the model has none). */
  public ChatTemplate(String source, String bosToken, String eosToken) {
    this.source = source.endsWith("\n") ? source.substring(0, source.length() - 1) : source;
    this.settled = TemplateSource.settled(source);
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
    if (FILTERED_LOOP.matcher(source).find()) {
      throw Problem.caller(
              "BAD_CHAT_TEMPLATE",
              "the chat template has a loop with a condition, {% for .. if .. %}")
          .mend("put the condition inside the loop: {% for .. %}{% if .. %}");
    }
    List<Map<String, Object>> turns =
        messages.stream()
            .map(m -> Map.<String, Object>of("role", m.role(), "content", m.content()))
            .toList();
    Map<String, Object> bindings = new HashMap<>();
    bindings.put("messages", turns);
    bindings.put("add_generation_prompt", addGenerationPrompt);
    bindings.put("bos_token", bosToken);
    bindings.put("eos_token", eosToken);
    RenderResult result = JINJA.renderForResult(settled, bindings);
    for (TemplateError error : result.getErrors()) {
      throw problem(error);
    }
    return result.getOutput();
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

  private static Problem problem(TemplateError error) {
    for (Throwable t = error.getException(); t != null; t = t.getCause()) {
      if (t instanceof TemplateFunctions.Refusal refusal) {
        return Problem.caller(
                "CHAT_TEMPLATE_REFUSED",
                "the chat template refused the conversation: " + refusal.getMessage())
            .at(Problem.FIELD, "messages")
            .mend("order the messages and name the roles as the base model's template expects");
      }
    }
    return Problem.caller("BAD_CHAT_TEMPLATE", "the chat template failed: " + error.getMessage())
        .at(Problem.LINE, error.getLineno())
        .mend("mend the base model's chat template");
  }

  private static Jinjava jinja() {
    JinjavaConfig config =
        JinjavaConfig.newBuilder()
            // Else "{{ }}" inside a user's message would be executed.
            .withNestedInterpretationEnabled(false)
            .withMaxOutputSize(MAX_OUTPUT_BYTES)
            .withLegacyOverrides(
                LegacyOverrides.newBuilder()
                    .withEvaluateMapKeys(true)
                    .withIterateOverMapKeys(true)
                    .withUsePyishObjectMapper(true)
                    .withUseNaturalOperatorPrecedence(true)
                    .withParseWhitespaceControlStrictly(true)
                    .withWhitespaceRequiredWithinTokens(false)
                    .build())
            .build();
    Jinjava jinja = new Jinjava(config);
    for (PythonString method : PythonString.values()) {
      jinja.getGlobalContext().registerFilter(method);
    }
    jinja
        .getGlobalContext()
        .registerFunction(
            new ELFunctionDefinition(
                "", "raise_exception", TemplateFunctions.class, "raiseException", String.class));
    return jinja;
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
