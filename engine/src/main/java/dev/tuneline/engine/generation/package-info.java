/** Decoding over sets of sequences, sampling, stopping and scoring. */
@NullMarked
package dev.tuneline.engine.generation;

import org.jspecify.annotations.NullMarked;
