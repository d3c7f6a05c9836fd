package dev.tuneline.ingest.upload;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what has arrived of uploads in a folder, a file each, so that a broken one can be
 * continued, also after a kill. Safe for use by several threads.
 */
public final class PartFiles implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PartFiles.class);
  private static final String SUFFIX = ".part";

  /**
   * What may be kept.
   *
   * @param maxFileBytes the largest file
   * @param maxBytes all parts together
   * @param maxParts how many parts
   * @param timeToLive how long a part to which nothing is added stays
   */
  public record Limits(long maxFileBytes, long maxBytes, int maxParts, Duration timeToLive) {
    public Limits {
      if (maxFileBytes < 1 || maxBytes < 1 || maxParts < 1 || !timeToLive.isPositive()) {
        throw new IllegalArgumentException("limits must be positive");
      }
    }
  }

  private final Path folder;
  private final Limits limits;
  private final InstantSource clock;
  private final Map<String, PartFile> open = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();
  private final ScheduledExecutorService cleaning;

  /**
   * @param folder is made when it is not there; several processes may share it
   */
  public PartFiles(Path folder, Limits limits, InstantSource clock) {
    this.folder = folder;
    this.limits = limits;
    this.clock = clock;
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    expire();
    this.cleaning =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("ingest-parts").factory());
    long period = Math.max(1, limits.timeToLive().toMillis() / 4);
    var _ = cleaning.scheduleWithFixedDelay(this::tryExpire, period, period, TimeUnit.MILLISECONDS);
  }

  /**
   * Begins or goes on with an upload; a stream that was at it before loses it.
   *
   * @param uploadId letters, digits, '-' and '_'
   * @param kept whether what has arrived outlives a broken stream
   * @param offset where the stream begins; what is there beyond it is dropped
   * @param sizeBytes of the whole file; 0 when that is not known
   * @throws Problem FILE_TOO_LARGE, UPLOAD_OFFSET_TOO_LARGE, UPLOAD_BUSY or TOO_MANY_UPLOADS
   */
  public synchronized PartFile open(String uploadId, boolean kept, long offset, long sizeBytes) {
    if (offset < 0 || sizeBytes < 0) {
      throw Problem.caller("OUT_OF_RANGE", "offset and size_bytes are not negative")
          .at(Problem.FIELD, offset < 0 ? "header.offset" : "header.size_bytes");
    }
    checkSize(Math.max(offset, sizeBytes));
    expire();
    PartFile earlier = open.get(uploadId);
    if (earlier != null) {
      earlier.handOver();
    }
    Path file = file(uploadId);
    try {
      if (!Files.exists(file) && count() >= limits.maxParts()) {
        throw full("there are %d unfinished uploads".formatted(limits.maxParts()));
      }
      PartFile part = new PartFile(this, uploadId, file, kept, offset);
      open.put(uploadId, part);
      return part;
    } catch (IOException e) {
      throw Problem.ours("UPLOAD_NOT_STORED", "the upload could not be opened", e)
          .mend("see that tuneline.ingest.upload-folder can be written");
    }
  }

  /** How much of an upload is there. */
  public long received(String uploadId) {
    try {
      return Files.size(file(uploadId));
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Refuses a file that has grown too large, or more than there is room for. */
  void checkRoom(long fileBytes, int more) {
    checkSize(fileBytes);
    if (bytes.get() + more > limits.maxBytes()) {
      throw full("unfinished uploads take %d bytes".formatted(bytes.get()));
    }
  }

  void resized(long by) {
    bytes.addAndGet(by);
  }

  void ended(String uploadId, PartFile part) {
    open.remove(uploadId, part);
  }

  private void checkSize(long fileBytes) {
    if (fileBytes > limits.maxFileBytes()) {
      throw Problem.caller(
              "FILE_TOO_LARGE", "the file is larger than " + limits.maxFileBytes() + " bytes")
          .at("max_bytes", limits.maxFileBytes())
          .mend("split it, or raise tuneline.ingest.max-upload-bytes");
    }
  }

  private Problem full(String what) {
    return Problem.exhausted("TOO_MANY_UPLOADS", what)
        .mend("try again later, or raise the bounds of parts under tuneline.ingest");
  }

  private Path file(String uploadId) {
    return folder.resolve(uploadId + SUFFIX);
  }

  private int count() throws IOException {
    int count = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (Path _ : files) {
        count++;
      }
    }
    return count;
  }

  private void tryExpire() {
    try {
      expire();
    } catch (RuntimeException e) {
      log.warn("could not look for expired uploads", e);
    }
  }

  /** Deletes what nobody goes on with, and counts the rest. */
  private synchronized void expire() {
    Instant oldest = clock.instant().minus(limits.timeToLive());
    long left = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        String uploadId = name.substring(0, name.length() - SUFFIX.length());
        try {
          if (!open.containsKey(uploadId)
              && Files.getLastModifiedTime(file).toInstant().isBefore(oldest)) {
            Files.deleteIfExists(file);
            log.info("upload {} was not continued and is forgotten", uploadId);
          } else {
            left += Files.size(file);
          }
        } catch (NoSuchFileException e) {
          log.debug("{} has gone by itself", uploadId);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    bytes.set(left);
  }

  @Override
  public void close() {
    cleaning.shutdownNow();
  }
}
