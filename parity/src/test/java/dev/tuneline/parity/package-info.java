/** Tests of the checker, over the golden files and over tampered copies of them. */
@NullMarked
package dev.tuneline.parity;

import org.jspecify.annotations.NullMarked;
