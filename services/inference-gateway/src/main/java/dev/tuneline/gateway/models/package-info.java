/** Base models in memory, with all that answering needs. */
@NullMarked
package dev.tuneline.gateway.models;

import org.jspecify.annotations.NullMarked;
