/** AdaLoRA: low-rank matrices in the form of an SVD share a shrinking budget of ranks. */
@NullMarked
package dev.tuneline.engine.adapter.adalora;

import org.jspecify.annotations.NullMarked;
