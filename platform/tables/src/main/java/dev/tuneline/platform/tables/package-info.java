/** Tables as files hold them: records with their lines, kept or rejected for a reason. */
@NullMarked
package dev.tuneline.platform.tables;

import org.jspecify.annotations.NullMarked;
