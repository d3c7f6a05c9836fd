/** GPT-2. */
@NullMarked
package dev.tuneline.engine.arch.gpt2;

import org.jspecify.annotations.NullMarked;
