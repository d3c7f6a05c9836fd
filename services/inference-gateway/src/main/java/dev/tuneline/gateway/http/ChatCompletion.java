package dev.tuneline.gateway.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's {@code chat.completion} object.
 *
 * @param created Unix time in seconds
 */
@Serdeable
@JsonInclude(JsonInclude.Include.ALWAYS)
record ChatCompletion(
    String id,
    String object,
    long created,
    String model,
    List<Choice> choices,
    TokenUsage usage,
    @JsonProperty("system_fingerprint") @Nullable String systemFingerprint) {
  static final String OBJECT = "chat.completion";

  /** One answer. */
  @Serdeable
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Choice(
      int index,
      Message message,
      @Nullable ChatLogProbs logprobs,
      @JsonProperty("finish_reason") String finishReason) {}

  /** What the assistant said; {@code refusal} is always null. */
  @Serdeable
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Message(String role, String content, @Nullable String refusal) {}
}
