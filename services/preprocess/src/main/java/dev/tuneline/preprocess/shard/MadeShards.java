package dev.tuneline.preprocess.shard;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Fold;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.SplitShards;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shards by their key, so that equal ones are made once. The index is the jobs' log, which says
 * what was made for whom; what this process has made is known before the log says it.
 *
 * <p>Two processes that make the same shard at once store the same bytes, and either is as good. A
 * file that has gone from the store, or is damaged there, is made again. Safe for use by several
 * threads, of which one makes a shard that others wait for.
 */
public final class MadeShards {
  /** The shards that were made for a job. */
  public static final Fold<List<SplitShards>, JobEvent> FOLD =
      (before, event) ->
          event.body().hasSharded()
              ? List.copyOf(event.body().getSharded().getShardsList())
              : before;

  private static final Logger log = LoggerFactory.getLogger(MadeShards.class);
  private static final int MAX_OWN = 1_000;

  /** Makes what is not there. */
  @FunctionalInterface
  public interface Making {
    /** The shards, with their key. */
    SplitShards make() throws IOException;
  }

  private final Supplier<? extends Collection<List<SplitShards>>> known;
  private final ArtifactStore artifacts;
  private final Map<String, Object> turns = new ConcurrentHashMap<>();
  private final Map<String, SplitShards> own =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, SplitShards> eldest) {
          return size() > MAX_OWN;
        }
      };

  /**
   * @param known what the log says, job by job
   */
  public MadeShards(
      Supplier<? extends Collection<List<SplitShards>>> known, ArtifactStore artifacts) {
    this.known = known;
    this.artifacts = artifacts;
  }

  /** The shards of a key: those that are there, or else those that {@code making} makes. */
  public SplitShards get(String key, Making making) throws IOException {
    Object turn = turns.computeIfAbsent(key, k -> new Object());
    try {
      synchronized (turn) {
        Optional<SplitShards> made = find(key);
        if (made.isPresent()) {
          return made.get().toBuilder().setReused(true).build();
        }
        SplitShards shards = making.make();
        synchronized (own) {
          own.put(key, shards);
        }
        return shards;
      }
    } finally {
      turns.remove(key, turn);
    }
  }

  private Optional<SplitShards> find(String key) {
    SplitShards mine;
    synchronized (own) {
      mine = own.get(key);
    }
    return Optional.ofNullable(mine)
        .or(
            () ->
                known.get().stream()
                    .flatMap(List::stream)
                    .filter(shards -> shards.getKey().equals(key))
                    .findFirst())
        .filter(this::isThere);
  }

  /** Whether the store has the file's bytes; reads them all. */
  private boolean isThere(SplitShards shards) {
    try {
      artifacts.localFile(shards.getFile());
      return true;
    } catch (Problem problem) {
      log.info("a shard is made again: {}", problem.getMessage());
      return false;
    }
  }
}
