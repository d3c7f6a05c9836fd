package dev.tuneline.gateway.adapters;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Adapter;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The adapters in memory, each loaded once and counted by its users.
 *
 * <p>At most so many are held; when another is wanted, the one that was idle longest goes. Deployed
 * adapters are pinned and never go by age; one whose last pin is taken away goes when its last
 * answer has ended. Nothing is freed while somebody holds a {@link Lease}. Safe for several
 * threads.
 */
public final class AdapterPool implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AdapterPool.class);

  /** Brings an adapter into memory; called on the loading thread. */
  @FunctionalInterface
  public interface Loader {
    /**
     * The adapter, in memory.
     *
     * @throws Problem when it cannot be used
     */
    LoadedAdapter load(Adapter adapter);
  }

  private record Key(String baseModel, String adapterId) {}

  private static final class Entry {
    final Key key;
    final CompletableFuture<LoadedAdapter> loaded = new CompletableFuture<>();
    int leases;
    int pins;
    boolean doomed;
    long idleSince;

    Entry(Key key) {
      this.key = key;
    }

    boolean evictable() {
      return leases == 0 && pins == 0 && loaded.isDone();
    }
  }

  private final int maxAdapters;
  private final Loader loader;
  private final Executor loading;
  private final Map<Key, Entry> entries = new HashMap<>();
  private long uses;
  private boolean closed;

  /**
   * @param loading runs one load after the other on a platform thread
   */
  public AdapterPool(int maxAdapters, Loader loader, Executor loading) {
    if (maxAdapters < 1) {
      throw new IllegalArgumentException("maxAdapters must be positive: " + maxAdapters);
    }
    this.maxAdapters = maxAdapters;
    this.loader = loader;
    this.loading = loading;
  }

  /** The right to use an adapter until closed; closing twice is harmless. */
  public final class Lease implements AutoCloseable {
    private final Entry entry;
    private final boolean pin;
    private final LoadedAdapter adapter;
    private final AtomicBoolean released = new AtomicBoolean();

    private Lease(Entry entry, boolean pin, LoadedAdapter adapter) {
      this.entry = entry;
      this.pin = pin;
      this.adapter = adapter;
    }

    /** The adapter; not to be used after {@link #close}. */
    public LoadedAdapter adapter() {
      return adapter;
    }

    /** Another lease of the same adapter, or empty when this one has been closed. */
    public Optional<Lease> share() {
      synchronized (AdapterPool.this) {
        if (released.get()) {
          return Optional.empty();
        }
        entry.leases++;
        return Optional.of(new Lease(entry, false, adapter));
      }
    }

    @Override
    public void close() {
      if (released.compareAndSet(false, true)) {
        free(release(entry, pin));
      }
    }
  }

  /**
   * Leases an adapter for one answer, loading it first if need be.
   *
   * @return completes exceptionally with a {@link Problem} when it cannot be loaded, or
   *     ADAPTERS_FULL when every place is taken by adapters in use
   */
  public CompletableFuture<Lease> lease(Adapter adapter) {
    return acquire(adapter, false);
  }

  /** As {@link #lease}, for a deployment: it stays in memory until the lease is closed. */
  public CompletableFuture<Lease> pin(Adapter adapter) {
    return acquire(adapter, true);
  }

  /** Whether an adapter is in memory or being loaded. */
  public synchronized boolean holds(Adapter adapter) {
    return entries.containsKey(new Key(adapter.getBaseModel(), adapter.getAdapterId()));
  }

  private CompletableFuture<Lease> acquire(Adapter adapter, boolean pin) {
    Key key = new Key(adapter.getBaseModel(), adapter.getAdapterId());
    Entry entry;
    boolean load = false;
    @Nullable LoadedAdapter evicted = null;
    synchronized (this) {
      Entry found = entries.get(key);
      if (found == null) {
        if (closed) {
          return CompletableFuture.failedFuture(
              Problem.ours("GATEWAY_UNAVAILABLE", "the gateway is stopping", null));
        }
        if (entries.size() >= maxAdapters) {
          Entry oldest = oldestIdle();
          if (oldest == null) {
            return CompletableFuture.failedFuture(full());
          }
          entries.remove(oldest.key);
          evicted = oldest.loaded.getNow(null);
        }
        found = new Entry(key);
        entries.put(key, found);
        load = true;
      }
      entry = found;
      entry.doomed &= !pin;
      if (pin) {
        entry.pins++;
      } else {
        entry.leases++;
      }
    }
    free(evicted);
    if (load) {
      loading.execute(() -> load(entry, adapter));
    }
    return entry.loaded.thenApply(a -> new Lease(entry, pin, a));
  }

  private void load(Entry entry, Adapter adapter) {
    try {
      entry.loaded.complete(loader.load(adapter));
    } catch (RuntimeException | Error e) {
      synchronized (this) {
        entries.remove(entry.key, entry);
      }
      entry.loaded.completeExceptionally(e);
    }
  }

  private synchronized @Nullable LoadedAdapter release(Entry entry, boolean pin) {
    if (pin) {
      entry.pins--;
      entry.doomed |= entry.pins == 0;
    } else {
      entry.leases--;
    }
    entry.idleSince = ++uses;
    boolean unused = entry.leases == 0 && entry.pins == 0;
    if (unused && (entry.doomed || closed)) {
      entries.remove(entry.key, entry);
      return entry.loaded.getNow(null);
    }
    return null;
  }

  private @Nullable Entry oldestIdle() {
    return entries.values().stream()
        .filter(Entry::evictable)
        .min(Comparator.comparingLong(entry -> entry.idleSince))
        .orElse(null);
  }

  private Problem full() {
    return Problem.exhausted(
            "ADAPTERS_FULL", "all " + maxAdapters + " adapters in memory are in use")
        .mend("try again later, or raise tuneline.gateway.max-adapters");
  }

  private static void free(@Nullable LoadedAdapter adapter) {
    if (adapter != null) {
      log.info("unloads adapter {} of {}", adapter.adapterId(), adapter.baseModel());
      adapter.close();
    }
  }

  /** Frees what is idle; what is in use is freed by its last lease. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    while (true) {
      @Nullable LoadedAdapter idle;
      synchronized (this) {
        Entry entry = oldestIdle();
        if (entry == null) {
          return;
        }
        entries.remove(entry.key);
        idle = entry.loaded.getNow(null);
      }
      free(idle);
    }
  }
}
