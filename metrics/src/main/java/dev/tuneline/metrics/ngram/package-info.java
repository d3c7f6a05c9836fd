/** Measures of shared n-grams: BLEU after NLTK and after sacreBLEU, and chrF. */
@NullMarked
package dev.tuneline.metrics.ngram;

import org.jspecify.annotations.NullMarked;
