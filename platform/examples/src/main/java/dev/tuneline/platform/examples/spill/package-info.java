/** What does not fit into memory: files that vanish with their process, and sorting in them. */
@NullMarked
package dev.tuneline.platform.examples.spill;

import org.jspecify.annotations.NullMarked;
