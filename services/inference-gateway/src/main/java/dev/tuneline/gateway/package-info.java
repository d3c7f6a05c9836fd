/** The inference-gateway: answers chats with base models and the adapters that the log deploys. */
@Configuration
@Requires(property = "tuneline.services.inference-gateway", value = "true")
@NullMarked
package dev.tuneline.gateway;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
import org.jspecify.annotations.NullMarked;
