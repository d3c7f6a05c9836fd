/** Real servers for tests, chosen once per JVM. */
@NullMarked
package dev.tuneline.platform.testing;

import org.jspecify.annotations.NullMarked;
