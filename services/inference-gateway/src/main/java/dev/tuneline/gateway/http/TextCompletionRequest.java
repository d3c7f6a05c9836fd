package dev.tuneline.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.chat.AnswerOptions;
import dev.tuneline.gateway.chat.Completions;
import dev.tuneline.proto.v1.SamplingOptions;
import dev.tuneline.proto.v1.TextPrompt;
import dev.tuneline.proto.v1.TokenIds;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a client of {@code POST /v1/completions} asks.
 *
 * @param stream whether the completions come as server-sent events
 * @param includeUsage whether such a stream ends with the usage
 */
record TextCompletionRequest(
    String model,
    List<TextPrompt> prompts,
    AnswerOptions options,
    boolean stream,
    boolean includeUsage) {
  /** OpenAI's. */
  private static final int DEFAULT_MAX_TOKENS = 16;

  private static final String PROMPTS =
      "a string, an array of token ids, or an array of several of either";

  TextCompletionRequest {
    prompts = List.copyOf(prompts);
  }

  /**
   * Reads a request body.
   *
   * @throws Problem of the caller that names the parameter
   */
  static TextCompletionRequest parse(String body) {
    RequestJson json = RequestJson.parse(body);
    AnswerFields fields = new AnswerFields(json);
    refuseUnsupported(json, fields.n());
    boolean echo = json.flag("echo");
    int maxTokens =
        (int) json.integer("max_tokens", 0, Integer.MAX_VALUE).orElse(DEFAULT_MAX_TOKENS);
    if (maxTokens == 0 && !echo) {
      throw Problem.caller("INVALID_VALUE", "max_tokens is 0 and the prompt is not echoed")
          .at(Problem.FIELD, "max_tokens")
          .mend("use 1 or more, or set echo to true");
    }
    OptionalLong logprobs = json.integer("logprobs", 0, AnswerOptions.MAX_TOP_LOG_PROBS);
    SamplingOptions sampling = fields.sampling().setMaxTokens(maxTokens).build();
    return new TextCompletionRequest(
        json.requiredText("model"),
        prompts(json),
        new AnswerOptions(
            sampling,
            fields.n(),
            logprobs.isPresent() ? OptionalInt.of((int) logprobs.getAsLong()) : OptionalInt.empty(),
            echo,
            maxTokens == 0),
        json.flag("stream"),
        fields.includeUsage());
  }

  private static List<TextPrompt> prompts(RequestJson json) {
    JsonNode prompt = json.get("prompt");
    if (prompt.isNull()) {
      throw RequestJson.missing("prompt");
    }
    if (!prompt.isArray() || prompt.isEmpty() || prompt.get(0).isNumber()) {
      return List.of(prompt(prompt));
    }
    if (prompt.size() > Completions.MAX_PROMPTS) {
      throw Problem.caller("INVALID_VALUE", "prompt holds " + prompt.size() + " prompts")
          .at(Problem.FIELD, "prompt")
          .mend("send 1 to " + Completions.MAX_PROMPTS);
    }
    List<TextPrompt> prompts = new ArrayList<>();
    prompt.forEach(each -> prompts.add(prompt(each)));
    return prompts;
  }

  private static TextPrompt prompt(JsonNode prompt) {
    if (prompt.isTextual()) {
      return TextPrompt.newBuilder().setText(prompt.textValue()).build();
    }
    if (!prompt.isArray()) {
      throw RequestJson.wrongType("prompt", PROMPTS, prompt);
    }
    TokenIds.Builder ids = TokenIds.newBuilder();
    for (JsonNode id : prompt) {
      if (!id.isIntegralNumber()) {
        throw RequestJson.wrongType("prompt", PROMPTS, id);
      }
      if (!id.canConvertToInt()) {
        throw RequestJson.outOfRange("prompt", id, "token ids");
      }
      ids.addIds(id.intValue());
    }
    return TextPrompt.newBuilder().setTokens(ids).build();
  }

  private static void refuseUnsupported(RequestJson json, int n) {
    if (!json.text("suffix").orElse("").isEmpty()) {
      throw RequestJson.unsupported("suffix");
    }
    if (json.integer("best_of", 1, Integer.MAX_VALUE).orElse(n) != n) {
      throw RequestJson.unsupported("best_of");
    }
  }
}
