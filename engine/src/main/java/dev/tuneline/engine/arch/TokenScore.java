package dev.tuneline.engine.arch;

/**
 * How well a model foretells tokens.
 *
 * @param loss sum of the tokens' cross-entropies
 * @param hits how many of them are the likeliest where they stand
 */
public record TokenScore(double loss, long hits) {}
