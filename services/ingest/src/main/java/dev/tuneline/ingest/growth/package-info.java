/** Datasets that make versions and jobs by themselves. */
@NullMarked
package dev.tuneline.ingest.growth;

import org.jspecify.annotations.NullMarked;
