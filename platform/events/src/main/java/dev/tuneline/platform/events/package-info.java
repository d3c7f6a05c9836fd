/** Kafka as the truth: topics, the event codec, publishing, folds over the log, and work loops. */
@NullMarked
package dev.tuneline.platform.events;

import org.jspecify.annotations.NullMarked;
