/** Bytes that events refer to, kept under their SHA-256. */
@NullMarked
package dev.tuneline.platform.artifacts;

import org.jspecify.annotations.NullMarked;
