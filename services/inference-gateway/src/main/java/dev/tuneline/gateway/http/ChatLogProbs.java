package dev.tuneline.gateway.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.google.protobuf.ByteString;
import dev.tuneline.proto.v1.TokenLogprob;
import io.micronaut.serde.annotation.Serdeable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The log-probabilities of a chat's choice; {@code refusal} is always null. */
@Serdeable
@JsonInclude(JsonInclude.Include.ALWAYS)
record ChatLogProbs(List<Token> content, @Nullable String refusal) {
  /** A token of the answer. */
  @Serdeable
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Token(
      String token,
      double logprob,
      List<Integer> bytes,
      @JsonProperty("top_logprobs") List<Top> topLogProbs) {}

  /** A token that could have stood there. */
  @Serdeable
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Top(String token, double logprob, List<Integer> bytes) {}

  /** Of the tokens that are the answer's text: the one that ends the turn is none of them. */
  static ChatLogProbs of(List<TokenLogprob> tokens) {
    return new ChatLogProbs(
        tokens.stream().filter(token -> !token.getEndOfTurn()).map(ChatLogProbs::token).toList(),
        null);
  }

  private static Token token(TokenLogprob token) {
    return new Token(
        TokenText.of(token.getToken()),
        token.getLogprob(),
        bytes(token.getToken()),
        token.getTopList().stream()
            .map(
                top ->
                    new Top(TokenText.of(top.getToken()), top.getLogprob(), bytes(top.getToken())))
            .toList());
  }

  private static List<Integer> bytes(ByteString token) {
    List<Integer> bytes = new ArrayList<>();
    for (byte each : token) {
      bytes.add(Byte.toUnsignedInt(each));
    }
    return bytes;
  }
}
