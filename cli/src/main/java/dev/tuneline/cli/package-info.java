/** The {@code tuneline} command: a client of the services' gRPC doors, and the demo. */
@NullMarked
package dev.tuneline.cli;

import org.jspecify.annotations.NullMarked;
