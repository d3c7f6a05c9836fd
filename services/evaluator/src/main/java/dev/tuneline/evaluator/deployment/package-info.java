/** Moves a deployment's traffic to an adapter that passed the gate. */
@NullMarked
package dev.tuneline.evaluator.deployment;

import org.jspecify.annotations.NullMarked;
