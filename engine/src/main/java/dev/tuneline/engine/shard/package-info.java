/** Tokenised examples in a file: written by preprocess, read by trainer. */
@NullMarked
package dev.tuneline.engine.shard;

import org.jspecify.annotations.NullMarked;
