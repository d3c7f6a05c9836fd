/** Measures of answers against references; plain arithmetic over text. */
@NullMarked
package dev.tuneline.evaluator.metric;

import org.jspecify.annotations.NullMarked;
