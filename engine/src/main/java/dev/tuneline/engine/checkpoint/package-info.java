/** A folder from which another process continues a job exactly where it stood. */
@NullMarked
package dev.tuneline.engine.checkpoint;

import org.jspecify.annotations.NullMarked;
