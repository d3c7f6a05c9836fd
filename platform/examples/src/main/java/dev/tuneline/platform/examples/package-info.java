/** Examples, and the files that hold those of a dataset's split. */
@NullMarked
package dev.tuneline.platform.examples;

import org.jspecify.annotations.NullMarked;
