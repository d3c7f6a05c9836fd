/** ROUGE after the two libraries that people quote. */
@NullMarked
package dev.tuneline.metrics.rouge;

import org.jspecify.annotations.NullMarked;
