/** Files on their way in: parts that have arrived, sources that are fetched from. */
@NullMarked
package dev.tuneline.ingest.upload;

import org.jspecify.annotations.NullMarked;
