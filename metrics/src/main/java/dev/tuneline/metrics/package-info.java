/** Measures of answers against references: a pair's, a corpus's; plain arithmetic over text. */
@NullMarked
package dev.tuneline.metrics;

import org.jspecify.annotations.NullMarked;
