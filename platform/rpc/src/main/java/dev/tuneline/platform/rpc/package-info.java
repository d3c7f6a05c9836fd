/** Problems as gRPC statuses, wire messages and HTTP answers, and back. */
@NullMarked
package dev.tuneline.platform.rpc;

import org.jspecify.annotations.NullMarked;
