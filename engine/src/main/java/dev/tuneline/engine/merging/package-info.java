/** The program that puts an adapter into its base model's weights for good. */
@NullMarked
package dev.tuneline.engine.merging;

import org.jspecify.annotations.NullMarked;
