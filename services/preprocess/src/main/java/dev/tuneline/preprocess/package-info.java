/** Turns rows into examples, and examples into shards of tokens. */
@Configuration
@Requires(property = "tuneline.services.preprocess", value = "true")
@NullMarked
package dev.tuneline.preprocess;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
import org.jspecify.annotations.NullMarked;
