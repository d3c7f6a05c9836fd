/** What a decoder-only language model is, and the one list of the architectures that exist. */
@NullMarked
package dev.tuneline.engine.arch;

import org.jspecify.annotations.NullMarked;
