package dev.tuneline.gateway.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tuneline.proto.v1.ChatFinish;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/** Tokens of the prompts, each counted once, of all answers, and both. */
@Serdeable
record TokenUsage(
    @JsonProperty("prompt_tokens") int promptTokens,
    @JsonProperty("completion_tokens") int completionTokens,
    @JsonProperty("total_tokens") int totalTokens) {
  /** Of answers in their order, {@code n} to each prompt. */
  static TokenUsage of(List<ChatFinish> finishes, int n) {
    int prompts = 0;
    int completions = 0;
    for (int i = 0; i < finishes.size(); i++) {
      prompts += i % n == 0 ? finishes.get(i).getUsage().getPromptTokens() : 0;
      completions += finishes.get(i).getUsage().getCompletionTokens();
    }
    return new TokenUsage(prompts, completions, prompts + completions);
  }
}
