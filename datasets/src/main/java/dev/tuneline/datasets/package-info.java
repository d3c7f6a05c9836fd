/** Commands about data files that need no server. */
@NullMarked
package dev.tuneline.datasets;

import org.jspecify.annotations.NullMarked;
