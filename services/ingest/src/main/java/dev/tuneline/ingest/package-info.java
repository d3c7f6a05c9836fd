/** Takes in rows and job requests, and tells how datasets and jobs stand. */
@Configuration
@Requires(property = "tuneline.services.ingest", value = "true")
@NullMarked
package dev.tuneline.ingest;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
import org.jspecify.annotations.NullMarked;
