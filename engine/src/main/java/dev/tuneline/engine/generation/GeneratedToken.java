package dev.tuneline.engine.generation;

import java.util.List;
import java.util.OptionalDouble;

/**
 * One generated token.
 *
 * @param logProb natural log of its probability under the model, before penalty and temperature
 * @param alternatives the likeliest tokens at its place, likeliest first
 * @param text text that may be shown now; empty without a text stream or while a stop string is
 *     possible
 */
public record GeneratedToken(
    int id, OptionalDouble logProb, List<Alternative> alternatives, String text) {
  /** A token that could have been chosen. */
  public record Alternative(int id, double logProb) {}

  public GeneratedToken {
    alternatives = List.copyOf(alternatives);
  }
}
