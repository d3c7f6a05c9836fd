package dev.tuneline.preprocess.dataset;

import dev.tuneline.preprocess.example.Splitting;
import java.nio.file.Path;

/**
 * How datasets are prepared.
 *
 * @param rules what a row must be
 * @param splitting which split an example belongs to
 * @param maxExamples the most examples of a dataset
 * @param sortBytes memory of one sort; a part or a merge has a few of them
 * @param workFolder where there is room for what does not fit into memory
 */
public record Preparation(
    RowRules rules, Splitting splitting, int maxExamples, int sortBytes, Path workFolder) {
  public Preparation {
    if (maxExamples < 1 || sortBytes < 1 << 16) {
      throw new IllegalArgumentException("limits out of range");
    }
  }
}
