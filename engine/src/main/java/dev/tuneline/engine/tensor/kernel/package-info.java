/**
 * Native computations that DJL's operators do not offer, as TorchScript texts among the resources.
 */
@NullMarked
package dev.tuneline.engine.tensor.kernel;

import org.jspecify.annotations.NullMarked;
