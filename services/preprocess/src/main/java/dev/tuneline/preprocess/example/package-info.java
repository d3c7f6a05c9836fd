/** One row to one example, and which split it belongs to. */
@NullMarked
package dev.tuneline.preprocess.example;

import org.jspecify.annotations.NullMarked;
