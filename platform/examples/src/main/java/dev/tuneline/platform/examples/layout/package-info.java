/**
 * Which columns of a row make which messages: the shipped layouts and those that a caller gives.
 */
@NullMarked
package dev.tuneline.platform.examples.layout;

import org.jspecify.annotations.NullMarked;
