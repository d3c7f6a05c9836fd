package dev.tuneline.gateway.models;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.service.ModelFolders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;

/**
 * The base models of an installation: each loaded at first use and kept. Safe for several threads.
 */
public final class BaseModels implements AutoCloseable {
  private final ModelFolders folders;
  private final int maxLoaded;
  private final BiFunction<String, Path, ServedBase> loader;
  private final Executor loading;
  private final Map<String, CompletableFuture<ServedBase>> loaded = new HashMap<>();

  /**
   * @param maxLoaded the most that are in memory at once
   * @param loader brings the named folder into memory
   * @param loading runs loads on a platform thread of their own
   */
  public BaseModels(
      ModelFolders folders,
      int maxLoaded,
      BiFunction<String, Path, ServedBase> loader,
      Executor loading) {
    this.folders = folders;
    this.maxLoaded = maxLoaded;
    this.loader = loader;
    this.loading = loading;
  }

  /** A base model that could be asked. */
  public record Listed(String name, long createdSeconds) {}

  /** All that are there, loaded or not, by name. */
  public List<Listed> list() {
    return folders.names().stream().map(name -> new Listed(name, createdSeconds(name))).toList();
  }

  /** Whether there is a base model of this name; never looks outside the root. */
  public boolean exists(String name) {
    return folders.names().contains(name);
  }

  /**
   * The named base model, loaded first if need be.
   *
   * @return completes exceptionally with a {@link Problem}: BASE_MODEL_NOT_FOUND, BASE_MODELS_FULL,
   *     or what is wrong with the folder; a later call tries again
   */
  public CompletableFuture<ServedBase> get(String name) {
    Path folder;
    try {
      folder = folders.folder(name, "base_model");
    } catch (Problem notFound) {
      return CompletableFuture.failedFuture(notFound);
    }
    CompletableFuture<ServedBase> future;
    synchronized (loaded) {
      CompletableFuture<ServedBase> known = loaded.get(name);
      if (known != null) {
        return known;
      }
      if (loaded.size() >= maxLoaded) {
        return CompletableFuture.failedFuture(
            Problem.exhausted(
                    "BASE_MODELS_FULL", "all " + maxLoaded + " places for base models are taken")
                .mend("raise tuneline.gateway.max-base-models, or use another gateway"));
      }
      future = new CompletableFuture<>();
      loaded.put(name, future);
    }
    loading.execute(() -> load(name, folder, future));
    return future;
  }

  private void load(String name, Path folder, CompletableFuture<ServedBase> future) {
    try {
      future.complete(loader.apply(name, folder));
    } catch (RuntimeException | Error e) {
      synchronized (loaded) {
        loaded.remove(name, future);
      }
      future.completeExceptionally(e);
    }
  }

  private long createdSeconds(String name) {
    try {
      return Files.getLastModifiedTime(folders.root().resolve(name).resolve("config.json"))
              .toMillis()
          / 1_000;
    } catch (IOException e) {
      return 0; // it has gone meanwhile
    }
  }

  /** Frees those that are loaded; nothing may use them then. */
  @Override
  public void close() {
    List<CompletableFuture<ServedBase>> all;
    synchronized (loaded) {
      all = List.copyOf(loaded.values());
      loaded.clear();
    }
    for (CompletableFuture<ServedBase> future : all) {
      if (future.isDone() && !future.isCompletedExceptionally()) {
        future.join().close();
      }
    }
  }
}
