package dev.tuneline.engine.generation;

import org.jspecify.annotations.Nullable;

/**
 * One generated token.
 *
 * @param logProb null when the request does not ask for it
 * @param text text that may be shown now; empty without a text stream or while a stop string is
 *     possible
 */
public record GeneratedToken(int id, @Nullable TokenLogProb logProb, String text) {}
