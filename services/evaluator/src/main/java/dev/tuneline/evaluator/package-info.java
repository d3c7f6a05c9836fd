/** The evaluator: compares base and candidate through the gateway, and deploys what is better. */
@Configuration
@Requires(property = "tuneline.services.evaluator", value = "true")
@NullMarked
package dev.tuneline.evaluator;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
import org.jspecify.annotations.NullMarked;
