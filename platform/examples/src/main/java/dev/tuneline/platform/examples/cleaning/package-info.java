/** What is done to the texts of examples before they are kept, each step by its setting. */
@NullMarked
package dev.tuneline.platform.examples.cleaning;

import org.jspecify.annotations.NullMarked;
