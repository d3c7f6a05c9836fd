/** Text as Python's standard library reads it, since the reference measures are Python's. */
@NullMarked
package dev.tuneline.metrics.text;

import org.jspecify.annotations.NullMarked;
