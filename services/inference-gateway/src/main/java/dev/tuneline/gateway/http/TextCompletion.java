package dev.tuneline.gateway.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's {@code text_completion} object; a streamed one comes in many, of which the last may hold
 * the usage alone.
 *
 * @param created Unix time in seconds
 * @param usage null in a stream but for its end
 */
@Serdeable
@JsonInclude(JsonInclude.Include.ALWAYS)
record TextCompletion(
    String id,
    String object,
    long created,
    String model,
    List<Choice> choices,
    @Nullable TokenUsage usage,
    @JsonProperty("system_fingerprint") @Nullable String systemFingerprint) {
  static final String OBJECT = "text_completion";

  /** One completion, or what is new of it. */
  @Serdeable
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Choice(
      int index,
      String text,
      @Nullable TextLogProbs logprobs,
      @JsonProperty("finish_reason") @Nullable String finishReason) {}
}
