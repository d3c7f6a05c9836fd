/** IA3: activations are rescaled by learned vectors (Liu et al. 2022). */
@NullMarked
package dev.tuneline.engine.adapter.ia3;

import org.jspecify.annotations.NullMarked;
