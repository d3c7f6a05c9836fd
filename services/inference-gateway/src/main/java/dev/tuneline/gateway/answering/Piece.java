package dev.tuneline.gateway.answering;

import dev.tuneline.proto.v1.TokenLogprob;
import java.util.List;

/**
 * What is new of an answer.
 *
 * @param text never a part of a character or of a stop string; empty where log-probabilities come
 *     alone
 * @param logProbs of the tokens that have become text, if they were asked for
 */
public record Piece(String text, List<TokenLogprob> logProbs) {
  public Piece {
    logProbs = List.copyOf(logProbs);
  }
}
