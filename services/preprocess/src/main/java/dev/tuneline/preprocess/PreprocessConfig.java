package dev.tuneline.preprocess;

import dev.tuneline.preprocess.dataset.RowRules;
import dev.tuneline.preprocess.example.Splitting;
import io.micronaut.context.annotation.ConfigurationProperties;

/**
 * How preprocess works; its defaults are in preprocess.yml.
 *
 * @param maxCells the most cells of a row
 * @param maxRowBytes the largest row
 * @param maxExamples the most examples of a dataset
 * @param trainPercent part of all questions that is trained
 * @param validationPercent part of all questions that measures while training; the rest is the test
 * @param concurrentDatasets datasets prepared at a time
 * @param concurrentJobs jobs whose shards are made at a time
 * @param maxTextModels tokenizers held in memory
 * @param viewTimeoutMs how long a decision waits for the view of the datasets
 */
@ConfigurationProperties("tuneline.preprocess")
public record PreprocessConfig(
    int maxCells,
    int maxRowBytes,
    int maxExamples,
    int trainPercent,
    int validationPercent,
    int concurrentDatasets,
    int concurrentJobs,
    int maxTextModels,
    long viewTimeoutMs) {
  public PreprocessConfig {
    if (maxExamples < 1
        || concurrentDatasets < 1
        || concurrentJobs < 1
        || maxTextModels < 1
        || viewTimeoutMs < 1) {
      throw new IllegalArgumentException("the numbers under tuneline.preprocess must be positive");
    }
  }

  RowRules rowRules() {
    return new RowRules(maxCells, maxRowBytes);
  }

  Splitting splitting() {
    return new Splitting(trainPercent, validationPercent);
  }
}
