/** Text to token ids and back, by whichever tokenizer files a Hugging Face folder has. */
@NullMarked
package dev.tuneline.engine.tokenizer;

import org.jspecify.annotations.NullMarked;
