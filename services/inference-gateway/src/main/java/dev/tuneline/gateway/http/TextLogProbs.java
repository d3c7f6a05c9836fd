package dev.tuneline.gateway.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tuneline.proto.v1.TokenLogprob;
import dev.tuneline.proto.v1.TopLogprob;
import io.micronaut.serde.annotation.Serdeable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The log-probabilities of a text completion, in four lists of one length; null for the first token
 * of an echoed prompt. The token itself is among its {@code top_logprobs} in any case.
 */
@Serdeable
@JsonInclude(JsonInclude.Include.ALWAYS)
record TextLogProbs(
    List<String> tokens,
    @JsonProperty("token_logprobs") List<@Nullable Double> tokenLogProbs,
    @JsonProperty("top_logprobs") List<@Nullable Map<String, Double>> topLogProbs,
    @JsonProperty("text_offset") List<Integer> textOffset) {

  static TextLogProbs of(List<TokenLogprob> tokens) {
    List<String> texts = new ArrayList<>();
    List<@Nullable Double> logProbs = new ArrayList<>();
    List<@Nullable Map<String, Double>> tops = new ArrayList<>();
    List<Integer> offsets = new ArrayList<>();
    for (TokenLogprob token : tokens) {
      texts.add(TokenText.alone(token.getToken()));
      logProbs.add(token.hasLogprob() ? token.getLogprob() : null);
      tops.add(token.hasLogprob() ? top(token) : null);
      offsets.add(token.getTextOffset());
    }
    return new TextLogProbs(texts, logProbs, tops, offsets);
  }

  private static Map<String, Double> top(TokenLogprob token) {
    Map<String, Double> top = new LinkedHashMap<>();
    for (TopLogprob each : token.getTopList()) {
      top.putIfAbsent(TokenText.alone(each.getToken()), each.getLogprob());
    }
    top.putIfAbsent(TokenText.alone(token.getToken()), token.getLogprob());
    return top;
  }
}
