/** Settings that people write as YAML, read into messages of the wire. */
@NullMarked
package dev.tuneline.platform.examples.yaml;

import org.jspecify.annotations.NullMarked;
