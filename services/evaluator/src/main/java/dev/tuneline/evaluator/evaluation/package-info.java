/** Compares base and candidate on held-out examples and decides whether the candidate is better. */
@NullMarked
package dev.tuneline.evaluator.evaluation;

import org.jspecify.annotations.NullMarked;
