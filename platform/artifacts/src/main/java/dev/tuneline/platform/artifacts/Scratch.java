package dev.tuneline.platform.artifacts;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Work in progress: names of its own for every process, made visible by one durable rename. */
final class Scratch {
  private static final Logger log = LoggerFactory.getLogger(Scratch.class);

  /** Longer than any write that makes progress goes without touching its file. */
  static final Duration ABANDONED_AFTER = Duration.ofDays(1);

  private final Path folder;

  Scratch(Path folder, InstantSource clock) {
    this.folder = folder;
    try {
      Files.createDirectories(folder);
      sweep(clock.instant().minus(ABANDONED_AFTER));
    } catch (IOException e) {
      throw StoreProblems.unavailable("opening the artifact store", e);
    }
  }

  /** A path that nothing else uses. */
  Path newPath() {
    return folder.resolve(UUID.randomUUID().toString());
  }

  /** Moves a synced file to its place; when this returns, it survives a power cut. */
  void publishFile(Path temporary, Path target) throws IOException {
    if (!temporary.toFile().setReadOnly()) {
      log.debug("the file system keeps {} writable", temporary);
    }
    Path parent = parentOf(target);
    makeFolders(parent);
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    sync(parent);
  }

  /** Removes a file or folder if it is still there; failure leaves it for a later sweep. */
  void discard(Path path) {
    try {
      deleteTree(path);
    } catch (IOException e) {
      log.warn("could not remove {}", path, e);
    }
  }

  private void makeFolders(Path wanted) throws IOException {
    if (!Files.isDirectory(wanted)) {
      makeFolders(parentOf(wanted));
      Files.createDirectories(wanted);
      sync(parentOf(wanted));
    }
  }

  private static Path parentOf(Path absolute) throws IOException {
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new NoSuchFileException(absolute.toString());
    }
    return parent;
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private void sweep(Instant before) throws IOException {
    List<Path> leftovers;
    try (Stream<Path> children = Files.list(folder)) {
      leftovers = children.toList();
    }
    for (Path leftover : leftovers) {
      try {
        if (Files.getLastModifiedTime(leftover, LinkOption.NOFOLLOW_LINKS)
            .toInstant()
            .isBefore(before)) {
          log.info("removing what a killed process left: {}", leftover.getFileName());
          discard(leftover);
        }
      } catch (NoSuchFileException e) {
        log.debug("another process removed {}", leftover);
      }
    }
  }

  private static void deleteTree(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
