/** Measures of predicted labels against gold labels, as scikit-learn computes them. */
@NullMarked
package dev.tuneline.metrics.classification;

import org.jspecify.annotations.NullMarked;
