/** What is read often, folded from the log into Redis, which may be flushed at any moment. */
@NullMarked
package dev.tuneline.ingest.projection;

import org.jspecify.annotations.NullMarked;
