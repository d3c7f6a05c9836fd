/** Teaching a fresh model of small size to read and chat, from texts and conversations. */
@NullMarked
package dev.tuneline.engine.pretraining;

import org.jspecify.annotations.NullMarked;
