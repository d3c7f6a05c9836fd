/** Conversations to prompts by a model's own chat template, and examples to ids and labels. */
@NullMarked
package dev.tuneline.engine.chat;

import org.jspecify.annotations.NullMarked;
