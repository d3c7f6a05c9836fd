/** Tables that are text: delimited, JSON and plain, in any of the character sets that we know. */
@NullMarked
package dev.tuneline.platform.tables.text;

import org.jspecify.annotations.NullMarked;
