package dev.tuneline.preprocess.dataset;

import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.repeats.MinHash;
import dev.tuneline.platform.examples.repeats.NGrams;
import dev.tuneline.proto.v1.Cleaning;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What an example looks like to the search for near duplicates, as a dataset's cleaning has it. */
final class Signatures {
  private static final double THRESHOLD = 0.8;
  private static final int NGRAM_TOKENS = 5;

  private final double threshold;
  private final int ngramTokens;
  private final @Nullable MinHash minHash;

  private Signatures(double threshold, int ngramTokens, @Nullable MinHash minHash) {
    this.threshold = threshold;
    this.ngramTokens = ngramTokens;
    this.minHash = minHash;
  }

  static Signatures of(Cleaning cleaning) {
    double given = cleaning.getNearDuplicates().getJaccardThreshold();
    int tokens = cleaning.getNearDuplicates().getNgramTokens();
    double threshold = given == 0 ? THRESHOLD : given;
    return new Signatures(
        threshold,
        tokens == 0 ? NGRAM_TOKENS : tokens,
        cleaning.hasNearDuplicates() ? new MinHash(threshold) : null);
  }

  /** How many hashes there are of each example; none when nobody looks for near duplicates. */
  int bands() {
    return minHash == null ? 0 : minHash.bands();
  }

  double threshold() {
    return threshold;
  }

  /** The hashes of an example's bands; zeros when it has no token. */
  long[] of(Example example) {
    if (minHash == null) {
      return new long[0];
    }
    long[] hashes = minHash.bands(grams(example));
    return hashes.length == 0 ? new long[minHash.bands()] : hashes;
  }

  /** The n-grams of all turns together, ascending. */
  long[] grams(Example example) {
    return NGrams.of(NGrams.tokens(text(example)), ngramTokens);
  }

  /** What all turns say. */
  static String text(Example example) {
    return example.messages().stream()
        .map(Example.Message::content)
        .collect(Collectors.joining("\n"));
  }
}
