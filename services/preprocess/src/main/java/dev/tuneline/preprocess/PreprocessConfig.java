package dev.tuneline.preprocess;

import dev.tuneline.preprocess.dataset.Preparation;
import dev.tuneline.preprocess.dataset.RowRules;
import dev.tuneline.preprocess.example.Splitting;
import io.micronaut.context.annotation.ConfigurationProperties;
import java.nio.file.Path;

/**
 * How preprocess works; its defaults are in preprocess.yml.
 *
 * @param maxCells the most cells of a row
 * @param maxRowBytes the largest row
 * @param maxExamples the most examples of a dataset
 * @param trainPercent part of all questions that is trained
 * @param validationPercent part of all questions that measures while training; the rest is the test
 * @param sortMemoryBytes memory of one sort; what does not fit waits in the work folder, and each
 *     dataset and each part that is prepared has up to three of them
 * @param workFolder where what does not fit into memory waits, once or twice the size of the rows
 * @param concurrentDatasets datasets put together at a time
 * @param concurrentParts parts of datasets prepared at a time; a part is one partition's rows
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
    int sortMemoryBytes,
    Path workFolder,
    int concurrentDatasets,
    int concurrentParts,
    int concurrentJobs,
    int maxTextModels,
    long viewTimeoutMs) {
  public PreprocessConfig {
    if (maxExamples < 1
        || concurrentDatasets < 1
        || concurrentParts < 1
        || concurrentJobs < 1
        || maxTextModels < 1
        || viewTimeoutMs < 1) {
      throw new IllegalArgumentException("the numbers under tuneline.preprocess must be positive");
    }
  }

  Preparation preparation() {
    return new Preparation(rowRules(), splitting(), maxExamples, sortMemoryBytes, workFolder);
  }

  RowRules rowRules() {
    return new RowRules(maxCells, maxRowBytes);
  }

  private Splitting splitting() {
    return new Splitting(trainPercent, validationPercent);
  }
}
