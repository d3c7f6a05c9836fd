/** The forms in which a model's weights are held in memory. */
@NullMarked
package dev.tuneline.engine.precision;

import org.jspecify.annotations.NullMarked;
