/** The training loop: batches, loss, AdamW, schedules, and the numbers of each step. */
@NullMarked
package dev.tuneline.engine.training;

import org.jspecify.annotations.NullMarked;
