/** Examples to tokens, as a base model reads and learns them. */
@NullMarked
package dev.tuneline.preprocess.shard;

import org.jspecify.annotations.NullMarked;
