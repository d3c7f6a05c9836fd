/** The evaluator's gRPC edge. */
@NullMarked
package dev.tuneline.evaluator.grpc;

import org.jspecify.annotations.NullMarked;
