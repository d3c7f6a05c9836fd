package dev.tuneline.platform.artifacts;

import dev.tuneline.proto.v1.ArtifactRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Local folders made of stored files, one per manifest, built aside and renamed into place. */
final class FolderViews {
  private static final Logger log = LoggerFactory.getLogger(FolderViews.class);

  private final Path folder;
  private final Scratch scratch;
  private final Function<ArtifactRef, Path> localFile;

  /**
   * @param localFile gives the verified local file of a reference
   */
  FolderViews(Path folder, Scratch scratch, Function<ArtifactRef, Path> localFile) {
    this.folder = folder;
    this.scratch = scratch;
    this.localFile = localFile;
  }

  /** The verified view of a manifest, built or mended when it is not there as it should be. */
  Path view(String manifestSha256, FolderManifest manifest) {
    Path view = folder.resolve(manifestSha256);
    try {
      if (holds(view, manifest)) {
        return view;
      }
      Files.createDirectories(folder);
      Path built = build(manifest);
      try {
        return publish(built, view, manifest);
      } finally {
        scratch.discard(built);
      }
    } catch (IOException e) {
      throw StoreProblems.unavailable("laying out folder " + manifestSha256, e);
    }
  }

  /** Removes a view, if there is one. */
  void remove(String manifestSha256) {
    Path view = folder.resolve(manifestSha256);
    Path aside = scratch.newPath();
    try {
      Files.move(view, aside, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      log.debug("there is no view {}", manifestSha256, e);
    } catch (IOException e) {
      throw StoreProblems.unavailable("removing folder " + manifestSha256, e);
    } finally {
      scratch.discard(aside);
    }
  }

  private Path build(FolderManifest manifest) throws IOException {
    Path built = Files.createDirectory(scratch.newPath());
    for (FolderManifest.Entry entry : manifest.files()) {
      Path blob = localFile.apply(Refs.of(entry.sha256(), entry.sizeBytes(), ""));
      Path file = built.resolve(entry.path());
      Files.createDirectories(file.getParent());
      linkOrCopy(blob, file);
    }
    return built;
  }

  private static void linkOrCopy(Path blob, Path file) throws IOException {
    try {
      Files.createLink(file, blob);
    } catch (UnsupportedOperationException | IOException e) {
      log.debug("copying {} as it cannot be linked", file.getFileName(), e);
      Files.copy(blob, file);
    }
  }

  /** Renames into place; another process that was faster wins if its view is right. */
  private Path publish(Path built, Path view, FolderManifest manifest) throws IOException {
    for (int attempt = 0; ; attempt++) {
      try {
        return Files.move(built, view, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        if (holds(view, manifest)) {
          return view;
        }
        if (attempt == 3) {
          throw e;
        }
        moveAside(view);
      }
    }
  }

  private void moveAside(Path damaged) throws IOException {
    Path aside = scratch.newPath();
    try {
      Files.move(damaged, aside, StandardCopyOption.ATOMIC_MOVE);
      log.warn("rebuilding the damaged folder view {}", damaged.getFileName());
    } catch (NoSuchFileException e) {
      log.debug("another process moved {} aside", damaged, e);
    } finally {
      scratch.discard(aside);
    }
  }

  private static boolean holds(Path view, FolderManifest manifest) throws IOException {
    try {
      return holdsExactly(view, manifest);
    } catch (NoSuchFileException | UncheckedIOException e) {
      log.debug("{} changed while it was checked", view, e);
      return false;
    }
  }

  private static boolean holdsExactly(Path view, FolderManifest manifest) throws IOException {
    if (!Files.isDirectory(view, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    Set<Path> expected =
        manifest.files().stream().map(e -> view.resolve(e.path())).collect(Collectors.toSet());
    try (Stream<Path> found = Files.walk(view)) {
      if (!found
          .filter(p -> !Files.isDirectory(p, LinkOption.NOFOLLOW_LINKS))
          .collect(Collectors.toSet())
          .equals(expected)) {
        return false;
      }
    }
    for (FolderManifest.Entry entry : manifest.files()) {
      if (!matches(view.resolve(entry.path()), entry)) {
        return false;
      }
    }
    return true;
  }

  private static boolean matches(Path file, FolderManifest.Entry entry) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      return Digests.matches(channel, entry.sha256(), entry.sizeBytes());
    }
  }
}
