/** Text to token ids and back, by the {@code tokenizer.json} of a Hugging Face folder. */
@NullMarked
package dev.tuneline.engine.tokenizer;

import org.jspecify.annotations.NullMarked;
