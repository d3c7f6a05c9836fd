package dev.tuneline.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a client of {@code POST /v1/chat/completions} asks.
 *
 * @param n how many answers, 1 to {@link #MAX_ANSWERS}
 * @param stream whether the answer comes as server-sent events
 * @param includeUsage whether such a stream ends with the usage
 */
record ChatCompletionRequest(
    String model,
    List<ChatMessage> messages,
    SamplingOptions sampling,
    int n,
    boolean stream,
    boolean includeUsage) {
  /** The most answers to one request. */
  static final int MAX_ANSWERS = 8;

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
    boolean stream = json.flag("stream");
    boolean includeUsage =
        json.object("stream_options").map(options -> options.flag("include_usage")).orElse(false);
    if (json.has("stream_options") && !stream) {
      throw Problem.caller("INVALID_VALUE", "stream_options is only for streams")
          .at(Problem.FIELD, "stream_options")
          .mend("set stream to true, or leave it out");
    }
    return new ChatCompletionRequest(
        json.requiredText("model"),
        messages(json),
        sampling(json),
        (int) json.integer("n", 1, MAX_ANSWERS).orElse(1),
        stream,
        includeUsage);
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

  private static SamplingOptions sampling(RequestJson json) {
    SamplingOptions.Builder sampling = SamplingOptions.newBuilder();
    json.number("temperature", 0, 2).ifPresent(sampling::setTemperature);
    json.number("top_p", 0, 1).ifPresent(sampling::setTopP);
    json.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE).ifPresent(sampling::setSeed);
    OptionalLong tokens = json.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
    if (tokens.isEmpty()) {
      tokens = json.integer("max_tokens", 1, Integer.MAX_VALUE);
    }
    tokens.ifPresent(max -> sampling.setMaxTokens((int) max));
    return sampling.addAllStop(stop(json)).build();
  }

  private static List<String> stop(RequestJson json) {
    JsonNode stop = json.get("stop");
    if (stop.isNull()) {
      return List.of();
    }
    if (stop.isTextual()) {
      return List.of(stop.textValue());
    }
    if (!stop.isArray()) {
      throw RequestJson.wrongType("stop", "a string or an array of strings", stop);
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode text : stop) {
      if (!text.isTextual()) {
        throw RequestJson.wrongType("stop", "a string or an array of strings", text);
      }
      texts.add(text.textValue());
    }
    return texts;
  }

  /** What would change the answer and is not done must not be ignored silently. */
  private static void refuseUnsupported(RequestJson json) {
    if (json.flag("logprobs")) {
      throw unsupported("logprobs");
    }
    for (String penalty : List.of("presence_penalty", "frequency_penalty")) {
      if (json.number(penalty, -2, 2).orElse(0) != 0) {
        throw unsupported(penalty);
      }
    }
    for (String list : List.of("tools", "functions", "logit_bias")) {
      if (!json.get(list).isEmpty()) {
        throw unsupported(list);
      }
    }
    Optional<String> format = json.object("response_format").flatMap(f -> f.text("type"));
    if (!format.orElse("text").equals("text")) {
      throw unsupported("response_format");
    }
  }

  private static Problem unsupported(String field) {
    return Problem.caller("UNSUPPORTED_PARAMETER", field + " is not supported")
        .at(Problem.FIELD, field)
        .mend("leave it out");
  }
}
