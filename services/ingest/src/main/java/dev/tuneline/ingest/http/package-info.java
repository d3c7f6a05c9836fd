/** Files and fine-tuning jobs in OpenAI's shapes: thin translations of calls. */
@NullMarked
package dev.tuneline.ingest.http;

import org.jspecify.annotations.NullMarked;
