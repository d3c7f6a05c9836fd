/** Answers as they are made: the engine loop, its waiting queue, stop strings and scoring. */
@NullMarked
package dev.tuneline.gateway.answering;

import org.jspecify.annotations.NullMarked;
