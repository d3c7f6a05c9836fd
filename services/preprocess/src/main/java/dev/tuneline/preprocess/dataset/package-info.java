/** A cut dataset to a prepared version: every row read once, kept or rejected, and counted. */
@NullMarked
package dev.tuneline.preprocess.dataset;

import org.jspecify.annotations.NullMarked;
