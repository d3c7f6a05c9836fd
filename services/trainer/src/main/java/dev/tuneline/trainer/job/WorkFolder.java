package dev.tuneline.trainer.job;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where folders are made before they go to the artifact store. Several trainers may share it: each
 * folder has a name of its own, and what killed processes left is removed when it is a day old.
 */
public final class WorkFolder {
  private static final Logger log = LoggerFactory.getLogger(WorkFolder.class);
  private static final Duration ABANDONED_AFTER = Duration.ofDays(1);

  private final Path root;

  /** Makes the folder if need be and sweeps it. */
  public WorkFolder(Path root, InstantSource clock) {
    this.root = root;
    try {
      Files.createDirectories(root);
      sweep(clock.instant().minus(ABANDONED_AFTER));
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  /** Hands an empty folder to {@code use} and removes it afterwards. */
  void with(Consumer<Path> use) {
    Path folder;
    try {
      folder = Files.createTempDirectory(root, "run-");
    } catch (IOException e) {
      throw unusable(e);
    }
    try {
      use.accept(folder);
    } finally {
      remove(folder);
    }
  }

  private void sweep(Instant before) throws IOException {
    try (Stream<Path> entries = Files.list(root)) {
      for (Path entry : entries.toList()) {
        if (Files.getLastModifiedTime(entry).toInstant().isBefore(before)) {
          remove(entry);
        }
      }
    }
  }

  private static void remove(Path folder) {
    try (Stream<Path> tree = Files.walk(folder)) {
      List<Path> deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      log.warn("could not remove {}: {}", folder, e.toString());
    }
  }

  private Problem unusable(IOException cause) {
    return Problem.ours("WORK_FOLDER_UNUSABLE", "cannot make files in the work folder", cause)
        .at(Problem.FILE, root)
        .mend("set tuneline.trainer.work to a folder that can be written to");
  }
}
