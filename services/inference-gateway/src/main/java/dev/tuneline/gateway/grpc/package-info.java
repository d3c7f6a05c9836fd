/** The gRPC doors of the gateway. */
@NullMarked
package dev.tuneline.gateway.grpc;

import org.jspecify.annotations.NullMarked;
