/** The examples of a dataset's split as JSON Lines: written by preprocess, read by evaluator. */
@NullMarked
package dev.tuneline.platform.examples;

import org.jspecify.annotations.NullMarked;
