/** Adapters in memory: each loaded once, checked, counted by its users, freed after the last. */
@NullMarked
package dev.tuneline.gateway.adapters;

import org.jspecify.annotations.NullMarked;
