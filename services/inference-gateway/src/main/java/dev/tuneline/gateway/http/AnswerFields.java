package dev.tuneline.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.chat.AnswerOptions;
import dev.tuneline.proto.v1.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The parameters that chats and text completions share: OpenAI's, and those that other servers of
 * its shapes know too ({@code top_k}, {@code min_p}, {@code repetition_penalty}).
 */
final class AnswerFields {
  private final RequestJson json;

  AnswerFields(RequestJson json) {
    this.json = json;
  }

  /** How tokens are chosen, but for the token limit. */
  SamplingOptions.Builder sampling() {
    SamplingOptions.Builder sampling = SamplingOptions.newBuilder();
    json.number("temperature", 0, 2).ifPresent(sampling::setTemperature);
    json.number("top_p", 0, 1).ifPresent(sampling::setTopP);
    // Other servers say -1 for no limit.
    json.integer("top_k", -1, Integer.MAX_VALUE)
        .ifPresent(k -> sampling.setTopK((int) Math.max(0, k)));
    json.number("min_p", 0, 1).ifPresent(sampling::setMinP);
    json.number("repetition_penalty", 0, 10).ifPresent(sampling::setRepetitionPenalty);
    json.number("presence_penalty", -2, 2).ifPresent(sampling::setPresencePenalty);
    json.number("frequency_penalty", -2, 2).ifPresent(sampling::setFrequencyPenalty);
    json.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE).ifPresent(sampling::setSeed);
    logitBias(sampling);
    return sampling.addAllStop(stop());
  }

  /** How many answers to each prompt. */
  int n() {
    return (int) json.integer("n", 1, AnswerOptions.MAX_ANSWERS).orElse(1);
  }

  /** Whether the stream ends with the usage. */
  boolean includeUsage() {
    boolean includeUsage =
        json.object("stream_options").map(options -> options.flag("include_usage")).orElse(false);
    if (json.has("stream_options") && !json.flag("stream")) {
      throw Problem.caller("INVALID_VALUE", "stream_options is only for streams")
          .at(Problem.FIELD, "stream_options")
          .mend("set stream to true, or leave it out");
    }
    return includeUsage;
  }

  private void logitBias(SamplingOptions.Builder sampling) {
    RequestJson biases = json.object("logit_bias").orElse(null);
    if (biases == null) {
      return;
    }
    for (Map.Entry<String, JsonNode> entry : json.get("logit_bias").properties()) {
      int id;
      try {
        id = Integer.parseInt(entry.getKey());
      } catch (NumberFormatException e) {
        throw Problem.caller("INVALID_VALUE", "logit_bias names \"" + entry.getKey() + "\"")
            .at(Problem.FIELD, "logit_bias")
            .mend("use token ids as keys");
      }
      // The range is the same at each door, and is checked behind it.
      biases
          .number(entry.getKey(), -Double.MAX_VALUE, Double.MAX_VALUE)
          .ifPresent(bias -> sampling.putLogitBias(id, bias));
    }
  }

  private List<String> stop() {
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
}
