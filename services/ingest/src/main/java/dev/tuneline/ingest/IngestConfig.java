package dev.tuneline.ingest;

import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.proto.v1.Method;
import io.micronaut.context.annotation.ConfigurationProperties;
import java.util.List;

/**
 * How ingest works; its defaults are in ingest.yml.
 *
 * @param redisUri where projections and idempotency keys are kept
 * @param redisTimeoutMs how long an answer of Redis may take
 * @param readTimeoutMs how long a reader waits for a projection that is behind
 * @param idempotencyTtlMs how long a request is remembered under its idempotency key
 * @param maxUploadBytes the largest file
 * @param maxCellBytes the largest cell of a table
 * @param maxRowBytes the largest row of a table
 * @param maxColumns the most columns of a table
 * @param maxQuoteBytes how far the end of a quote is looked for
 * @param maxDepth how deep the JSON of a row may be nested
 * @param maxBlockBytes the largest Parquet page or Arrow buffer that is unpacked in memory
 * @param maxUnpackedBytes the most that a packed file may unpack to
 * @param maxUnpackedRatio how many bytes may come out of a packed file for each that goes in
 * @param maxRowsInFlight rows that were sent to Kafka and are not yet known to be safe
 * @param concurrentUploads files whose rows are put into the log at a time
 * @param maxWatchers watching calls at a time
 * @param watchPollMs how often a watched thing is looked at
 * @param methods the methods that this installation trains, e.g. METHOD_LORA
 */
@ConfigurationProperties("tuneline.ingest")
public record IngestConfig(
    String redisUri,
    long redisTimeoutMs,
    long readTimeoutMs,
    long idempotencyTtlMs,
    long maxUploadBytes,
    int maxCellBytes,
    int maxRowBytes,
    int maxColumns,
    int maxQuoteBytes,
    int maxDepth,
    int maxBlockBytes,
    long maxUnpackedBytes,
    int maxUnpackedRatio,
    int maxRowsInFlight,
    int concurrentUploads,
    int maxWatchers,
    long watchPollMs,
    List<Method> methods) {
  public IngestConfig {
    methods = List.copyOf(methods);
    if (redisTimeoutMs < 1
        || readTimeoutMs < 1
        || idempotencyTtlMs < 1
        || maxUploadBytes < 1
        || maxRowsInFlight < 1
        || concurrentUploads < 1
        || maxWatchers < 1
        || watchPollMs < 1) {
      throw new IllegalArgumentException("the numbers under tuneline.ingest must be positive");
    }
  }

  TableLimits tableLimits() {
    return new TableLimits(
        maxCellBytes,
        maxRowBytes,
        maxColumns,
        maxQuoteBytes,
        maxDepth,
        maxBlockBytes,
        maxUnpackedBytes,
        maxUnpackedRatio);
  }
}
