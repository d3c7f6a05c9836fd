/** The HTTP doors of the gateway, in OpenAI's shapes. */
@NullMarked
package dev.tuneline.gateway.http;

import org.jspecify.annotations.NullMarked;
