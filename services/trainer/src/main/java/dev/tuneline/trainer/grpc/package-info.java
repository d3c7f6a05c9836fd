/** The trainer's gRPC edge. */
@NullMarked
package dev.tuneline.trainer.grpc;

import org.jspecify.annotations.NullMarked;
