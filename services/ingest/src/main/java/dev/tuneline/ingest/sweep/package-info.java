/** Searches for hyper-parameters: which trials a sweep has, and how they are run and compared. */
@NullMarked
package dev.tuneline.ingest.sweep;

import org.jspecify.annotations.NullMarked;
