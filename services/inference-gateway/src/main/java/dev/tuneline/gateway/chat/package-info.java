/** From a client's request to a question for the engine loop: names, options, templates, bounds. */
@NullMarked
package dev.tuneline.gateway.chat;

import org.jspecify.annotations.NullMarked;
