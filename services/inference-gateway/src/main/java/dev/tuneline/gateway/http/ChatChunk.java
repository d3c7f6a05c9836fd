package dev.tuneline.gateway.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's {@code chat.completion.chunk} object, one server-sent event of a streamed answer.
 *
 * @param created Unix time in seconds
 */
@Serdeable
@JsonInclude(JsonInclude.Include.ALWAYS)
record ChatChunk(
    String id,
    String object,
    long created,
    String model,
    @JsonProperty("system_fingerprint") @Nullable String systemFingerprint,
    List<Choice> choices) {
  static final String OBJECT = "chat.completion.chunk";

  /** As {@link ChatChunk}, for clients that asked for the usage: null until the last chunk. */
  @Serdeable
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record WithUsage(
      String id,
      String object,
      long created,
      String model,
      @JsonProperty("system_fingerprint") @Nullable String systemFingerprint,
      List<Choice> choices,
      @Nullable TokenUsage usage) {}

  /** A step of one answer; the finish reason comes last. */
  @Serdeable
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Choice(
      int index,
      Delta delta,
      @Nullable ChatLogProbs logprobs,
      @JsonProperty("finish_reason") @Nullable String finishReason) {}

  /** What is new: the role at first, then text, then nothing. */
  @Serdeable
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Delta(@Nullable String role, @Nullable String content) {}

  ChatChunk.WithUsage withUsage(@Nullable TokenUsage usage) {
    return new WithUsage(id, object, created, model, systemFingerprint, choices, usage);
  }
}
