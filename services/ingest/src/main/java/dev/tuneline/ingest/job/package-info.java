/** Jobs as they are asked for: checked, completed, accepted or refused. */
@NullMarked
package dev.tuneline.ingest.job;

import org.jspecify.annotations.NullMarked;
