package dev.tuneline.engine.generation;

import java.util.List;

/**
 * How likely a token was at its place.
 *
 * @param logProb natural log of its probability under the model, before bias, penalties and
 *     temperature
 * @param alternatives the likeliest tokens there, likeliest first
 */
public record TokenLogProb(int id, double logProb, List<Alternative> alternatives) {
  /** A token that could have stood there. */
  public record Alternative(int id, double logProb) {}

  public TokenLogProb {
    alternatives = List.copyOf(alternatives);
  }
}
