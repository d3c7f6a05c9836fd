/**
 * Building examples by a recipe: sources of rows, what is made of each row, and how the sources are
 * mixed.
 */
@NullMarked
package dev.tuneline.datasets.build;

import org.jspecify.annotations.NullMarked;
