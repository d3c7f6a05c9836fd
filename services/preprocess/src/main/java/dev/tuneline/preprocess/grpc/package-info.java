/** The gRPC service of preprocess: a thin translation of calls. */
@NullMarked
package dev.tuneline.preprocess.grpc;

import org.jspecify.annotations.NullMarked;
