/** The inference-gateway as the evaluator asks it. */
@NullMarked
package dev.tuneline.evaluator.gateway;

import org.jspecify.annotations.NullMarked;
