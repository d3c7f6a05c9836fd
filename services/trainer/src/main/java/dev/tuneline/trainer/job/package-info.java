/** From a sharded job to its adapter: base model, examples, checkpoints, events. */
@NullMarked
package dev.tuneline.trainer.job;

import org.jspecify.annotations.NullMarked;
