/** Datasets as they come in: files looked through, their rows put into the log, versions cut. */
@NullMarked
package dev.tuneline.ingest.dataset;

import org.jspecify.annotations.NullMarked;
