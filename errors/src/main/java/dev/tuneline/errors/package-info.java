/**
 * The one exception type that crosses module borders: what went wrong, whose fault, and the mend.
 */
@NullMarked
package dev.tuneline.errors;

import org.jspecify.annotations.NullMarked;
