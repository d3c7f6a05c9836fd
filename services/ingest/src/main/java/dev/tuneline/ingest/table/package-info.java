/** Tables as files hold them: records with their lines, kept or rejected for a reason. */
@NullMarked
package dev.tuneline.ingest.table;

import org.jspecify.annotations.NullMarked;
