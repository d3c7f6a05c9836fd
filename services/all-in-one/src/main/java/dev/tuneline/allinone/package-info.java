/** All five services in one process, with a Kafka broker and a Redis of their own. */
@NullMarked
package dev.tuneline.allinone;

import org.jspecify.annotations.NullMarked;
