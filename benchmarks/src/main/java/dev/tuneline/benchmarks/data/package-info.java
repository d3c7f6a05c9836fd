/** How fast rows become examples and tokens. */
@NullMarked
package dev.tuneline.benchmarks.data;

import org.jspecify.annotations.NullMarked;
