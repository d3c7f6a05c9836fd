/** What is let into the log. */
@NullMarked
package dev.tuneline.ingest.kafka;

import org.jspecify.annotations.NullMarked;
