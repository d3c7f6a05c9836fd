/** The trainer: makes adapters of sharded jobs, one job at a time, resuming where another ended. */
@Configuration
@Requires(property = "tuneline.services.trainer", value = "true")
@NullMarked
package dev.tuneline.trainer;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
import org.jspecify.annotations.NullMarked;
