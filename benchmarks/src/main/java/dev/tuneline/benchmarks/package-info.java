/**
 * Measurements of speed and memory, each beside the Python program that people would use instead.
 */
@NullMarked
package dev.tuneline.benchmarks;

import org.jspecify.annotations.NullMarked;
