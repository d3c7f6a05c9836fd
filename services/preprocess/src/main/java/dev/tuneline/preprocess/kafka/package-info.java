/** What is let into the row log. */
@NullMarked
package dev.tuneline.preprocess.kafka;

import org.jspecify.annotations.NullMarked;
