/** The parts that decoders are assembled from; an architecture's folder only chooses among them. */
@NullMarked
package dev.tuneline.engine.arch.block;

import org.jspecify.annotations.NullMarked;
