package dev.tuneline.platform.artifacts;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.ArtifactRef;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * An artifact store in a local or shared folder.
 *
 * <p>Below its root: {@code sha256/ab/ab12...} are the bytes, {@code folders/<digest>/} are local
 * views of stored folders (hard links where the file system has them), {@code tmp/} is work in
 * progress, of which a later start removes what a killed process left. A file appears under its
 * digest by one rename after it and its bytes are on the disk.
 */
public final class FileArtifactStore implements ArtifactStore {
  private static final int BUFFER_BYTES = 256 << 10;

  /**
   * Bounds of a store.
   *
   * @param maxFileBytes the largest single artifact
   * @param maxFolderFiles the most files in one stored folder
   */
  public record Limits(long maxFileBytes, int maxFolderFiles) {
    /** 64 GiB a file and 10,000 files a folder. */
    public static final Limits DEFAULT = new Limits(64L << 30, 10_000);

    /** Checks that both are positive. */
    public Limits {
      if (maxFileBytes < 1 || maxFolderFiles < 1) {
        throw new IllegalArgumentException("limits must be positive");
      }
    }
  }

  private final Path root;
  private final Limits limits;
  private final Scratch scratch;
  private final FolderViews views;

  /** Opens the store at {@code root} with the default limits, making the folder if need be. */
  public FileArtifactStore(Path root) {
    this(root, Limits.DEFAULT, InstantSource.system());
  }

  /**
   * Opens the store at {@code root}, making the folder if need be.
   *
   * @param clock tells how old the leftovers of killed processes are
   */
  public FileArtifactStore(Path root, Limits limits, InstantSource clock) {
    this.root = root.toAbsolutePath().normalize();
    this.limits = limits;
    this.scratch = new Scratch(this.root.resolve("tmp"), clock);
    this.views = new FolderViews(this.root.resolve("folders"), scratch, this::localFile);
  }

  @Override
  public ArtifactRef put(InputStream bytes, String mediaType) {
    Path temporary = scratch.newPath();
    try {
      MessageDigest digest = Digests.sha256();
      long size = copy(bytes, temporary, digest);
      String sha256 = HexFormat.of().formatHex(digest.digest());
      Path blob = root.resolve(Refs.relativePath(sha256));
      // Replacing an equal file is harmless to its readers, and mends one that was damaged.
      scratch.publishFile(temporary, blob);
      return Refs.of(sha256, size, mediaType);
    } catch (IOException e) {
      throw StoreProblems.unavailable("storing an artifact", e);
    } finally {
      scratch.discard(temporary);
    }
  }

  private long copy(InputStream bytes, Path to, MessageDigest digest) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long size = 0;
    try (FileChannel out =
        FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int n = read(bytes, buffer); n >= 0; n = read(bytes, buffer)) {
        size += n;
        if (size > limits.maxFileBytes()) {
          throw StoreProblems.tooLarge("the artifact", limits.maxFileBytes());
        }
        digest.update(buffer, 0, n);
        ByteBuffer rest = ByteBuffer.wrap(buffer, 0, n);
        while (rest.hasRemaining()) {
          out.write(rest);
        }
      }
      out.force(true);
    }
    return size;
  }

  private static int read(InputStream bytes, byte[] buffer) {
    try {
      return bytes.read(buffer);
    } catch (IOException e) {
      throw StoreProblems.sourceUnreadable("the bytes to store", e);
    }
  }

  @Override
  public InputStream open(ArtifactRef ref) {
    FileChannel channel = openVerified(ref);
    return Channels.newInputStream(channel);
  }

  @Override
  public Path localFile(ArtifactRef ref) {
    close(openVerified(ref));
    return blob(ref);
  }

  private Path blob(ArtifactRef ref) {
    return root.resolve(Refs.relativePath(ref.getSha256()));
  }

  /** The verified bytes as an open file at its beginning: whatever is renamed, they stay. */
  private FileChannel openVerified(ArtifactRef ref) {
    Refs.check(ref);
    FileChannel channel;
    try {
      channel = FileChannel.open(blob(ref), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      throw StoreProblems.missing(ref.getSha256()).causedBy(e);
    } catch (IOException e) {
      throw StoreProblems.unavailable("opening artifact " + ref.getSha256(), e);
    }
    try {
      if (!Digests.matches(channel, ref.getSha256(), ref.getSizeBytes())) {
        throw StoreProblems.corrupt(ref.getSha256(), channel.size(), ref.getSizeBytes());
      }
      return channel;
    } catch (IOException e) {
      close(channel);
      throw StoreProblems.unavailable("reading artifact " + ref.getSha256(), e);
    } catch (Problem e) {
      close(channel);
      throw e;
    }
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw StoreProblems.unavailable("closing an artifact", e);
    }
  }

  @Override
  public ArtifactRef putFolder(Path folder) {
    List<FolderManifest.Entry> entries = new ArrayList<>();
    for (Path file : regularFiles(folder)) {
      StringBuilder path = new StringBuilder();
      folder.relativize(file).forEach(p -> path.append(path.isEmpty() ? "" : "/").append(p));
      ArtifactRef ref = put(file, "application/octet-stream");
      entries.add(new FolderManifest.Entry(path.toString(), ref.getSha256(), ref.getSizeBytes()));
    }
    byte[] manifest = new FolderManifest(entries).toJson();
    return put(new ByteArrayInputStream(manifest), FOLDER_MEDIA_TYPE);
  }

  private List<Path> regularFiles(Path folder) {
    List<Path> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (!attributes.isRegularFile()) {
                throw StoreProblems.folderInvalid(
                    folder.relativize(file).toString(), "not a regular file");
              }
              if (files.size() == limits.maxFolderFiles()) {
                throw StoreProblems.tooManyFiles(limits.maxFolderFiles());
              }
              files.add(file);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw StoreProblems.sourceUnreadable("the folder to store", e);
    }
    return files;
  }

  @Override
  public FolderManifest manifest(ArtifactRef ref) {
    Refs.checkFolder(ref);
    return FolderManifest.fromJson(bytes(ref, 64 << 20), limits.maxFolderFiles());
  }

  @Override
  public Path localFolder(ArtifactRef ref) {
    return views.view(ref.getSha256(), manifest(ref));
  }

  @Override
  public void removeFolder(ArtifactRef ref, Set<String> files) {
    Refs.checkFolder(ref);
    if (!has(ref.getSha256())) {
      return;
    }
    FolderManifest manifest = manifest(ref);
    views.remove(ref.getSha256());
    for (FolderManifest.Entry entry : manifest.files()) {
      if (files.contains(entry.path())) {
        scratch.discard(root.resolve(Refs.relativePath(entry.sha256())));
      }
    }
    scratch.discard(blob(ref));
  }

  @Override
  public void remove(ArtifactRef ref) {
    Refs.check(ref);
    scratch.discard(blob(ref));
  }

  @Override
  public boolean has(String sha256) {
    return Files.isRegularFile(root.resolve(Refs.relativePath(sha256)), LinkOption.NOFOLLOW_LINKS);
  }
}
