package dev.tuneline.ingest;

import dev.tuneline.ingest.upload.PartFiles;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.proto.v1.Method;
import io.micronaut.context.annotation.ConfigurationProperties;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How ingest works; its defaults are in ingest.yml.
 *
 * @param redisUri where projections and idempotency keys are kept
 * @param redisTimeoutMs how long an answer of Redis may take
 * @param readTimeoutMs how long a reader waits for a projection that is behind
 * @param idempotencyTtlMs how long a request is remembered under its idempotency key
 * @param maxUploadBytes the largest file
 * @param uploadFolder where parts of unfinished uploads are kept; instances that share it can go on
 *     with each other's
 * @param maxPartBytes the most that all unfinished uploads may take
 * @param maxParts the most unfinished uploads
 * @param partTtlMs how long an unfinished upload is kept when nothing is added
 * @param importRoots folders below which {@code file:} URIs may lie; none: such URIs are refused
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
    Path uploadFolder,
    long maxPartBytes,
    int maxParts,
    long partTtlMs,
    List<Path> importRoots,
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
    importRoots = List.copyOf(importRoots);
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

  PartFiles.Limits partLimits() {
    return new PartFiles.Limits(
        maxUploadBytes, maxPartBytes, maxParts, Duration.ofMillis(partTtlMs));
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
