/** The gRPC services of ingest: thin translations of calls. */
@NullMarked
package dev.tuneline.ingest.grpc;

import org.jspecify.annotations.NullMarked;
