/** Full fine-tuning: every weight of the base model is trained. */
@NullMarked
package dev.tuneline.engine.adapter.full;

import org.jspecify.annotations.NullMarked;
