/** A tiny service that fails in every way a service can. */
@Configuration
@Requires(property = "tuneline.services.probe", value = "true")
@NullMarked
package dev.tuneline.platform.service.probe;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
import org.jspecify.annotations.NullMarked;
