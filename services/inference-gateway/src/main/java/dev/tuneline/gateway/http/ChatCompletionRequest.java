package dev.tuneline.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.chat.AnswerOptions;
import dev.tuneline.proto.v1.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a client of {@code POST /v1/chat/completions} asks.
 *
 * @param stream whether the answer comes as server-sent events
 * @param includeUsage whether such a stream ends with the usage
 */
record ChatCompletionRequest(
    String model,
    List<ChatMessage> messages,
    AnswerOptions options,
    boolean stream,
    boolean includeUsage) {
  private static final int MAX_MESSAGES = 1_000;

  ChatCompletionRequest {
    messages = List.copyOf(messages);
  }

  /**
   * Reads a request body.
   *
   * @throws Problem of the caller that names the parameter
   */
  static ChatCompletionRequest parse(String body) {
    RequestJson json = RequestJson.parse(body);
    refuseUnsupported(json);
    AnswerFields fields = new AnswerFields(json);
    return new ChatCompletionRequest(
        json.requiredText("model"),
        messages(json),
        new AnswerOptions(sampling(json, fields), fields.n(), topLogProbs(json), false, false),
        json.flag("stream"),
        fields.includeUsage());
  }

  private static OptionalInt topLogProbs(RequestJson json) {
    OptionalLong top = json.integer("top_logprobs", 0, AnswerOptions.MAX_TOP_LOG_PROBS);
    if (json.flag("logprobs")) {
      return OptionalInt.of((int) top.orElse(0));
    }
    if (top.isPresent()) {
      throw Problem.caller("INVALID_VALUE", "top_logprobs is only for those who ask for logprobs")
          .at(Problem.FIELD, "top_logprobs")
          .mend("set logprobs to true, or leave it out");
    }
    return OptionalInt.empty();
  }

  private static SamplingOptions sampling(RequestJson json, AnswerFields fields) {
    SamplingOptions.Builder sampling = fields.sampling();
    OptionalLong tokens = json.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
    if (tokens.isEmpty()) {
      tokens = json.integer("max_tokens", 1, Integer.MAX_VALUE);
    }
    tokens.ifPresent(max -> sampling.setMaxTokens((int) max));
    return sampling.build();
  }

  private static List<ChatMessage> messages(RequestJson json) {
    JsonNode array = json.get("messages");
    if (array.isNull()) {
      throw RequestJson.missing("messages");
    }
    if (!array.isArray()) {
      throw RequestJson.wrongType("messages", "an array", array);
    }
    if (array.isEmpty() || array.size() > MAX_MESSAGES) {
      throw Problem.caller("INVALID_VALUE", "messages holds " + array.size() + " messages")
          .at(Problem.FIELD, "messages")
          .mend("send 1 to " + MAX_MESSAGES);
    }
    List<ChatMessage> messages = new ArrayList<>();
    for (int i = 0; i < array.size(); i++) {
      RequestJson message = RequestJson.object("messages[" + i + "]", array.get(i));
      messages.add(new ChatMessage(role(message), content(message)));
    }
    return messages;
  }

  private static String role(RequestJson message) {
    String role = message.requiredText("role");
    return switch (role) {
      // What newer clients call the system role.
      case "developer" -> "system";
      case "system", "user", "assistant" -> role;
      default ->
          throw Problem.caller("INVALID_VALUE", "the role \"" + role + "\" is not known")
              .at(Problem.FIELD, message.name("role"))
              .mend("use system, user or assistant");
    };
  }

  /** A string, or a list of text parts whose texts follow each other. */
  private static String content(RequestJson message) {
    JsonNode content = message.get("content");
    String name = message.name("content");
    if (content.isNull()) {
      throw RequestJson.missing(name);
    }
    if (content.isTextual()) {
      return content.textValue();
    }
    if (!content.isArray()) {
      throw RequestJson.wrongType(name, "a string or an array of text parts", content);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < content.size(); i++) {
      RequestJson part = RequestJson.object(name + "[" + i + "]", content.get(i));
      String type = part.requiredText("type");
      if (!type.equals("text")) {
        throw Problem.caller("UNSUPPORTED_CONTENT", "content of type \"" + type + "\" is not read")
            .at(Problem.FIELD, part.name("type"))
            .mend("send text only");
      }
      text.append(part.requiredText("text"));
    }
    return text.toString();
  }

  /** What would change the answer and is not done must not be ignored silently. */
  private static void refuseUnsupported(RequestJson json) {
    for (String list : List.of("tools", "functions")) {
      if (!json.get(list).isEmpty()) {
        throw RequestJson.unsupported(list);
      }
    }
    Optional<String> format = json.object("response_format").flatMap(f -> f.text("type"));
    if (!format.orElse("text").equals("text")) {
      throw RequestJson.unsupported("response_format");
    }
  }
}
