/** What a fine-tuning method is, and the one list of the methods that exist. */
@NullMarked
package dev.tuneline.engine.adapter;

import org.jspecify.annotations.NullMarked;
