/** A real Kafka broker and a real Redis that live and die with this process. */
@NullMarked
package dev.tuneline.platform.embedded;

import org.jspecify.annotations.NullMarked;
