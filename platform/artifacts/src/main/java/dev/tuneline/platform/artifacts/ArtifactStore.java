package dev.tuneline.platform.artifacts;

import dev.tuneline.proto.v1.ArtifactRef;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Keeps immutable bytes under their SHA-256, so that events can carry a reference instead of them.
 *
 * <p>Promises, whatever the implementation:
 *
 * <ul>
 *   <li>Equal bytes get equal references; putting them again is cheap in space and harmless.
 *   <li>A reference that was returned can be read from then on, by every process of the
 *       installation, also after a crash at any moment. Before that moment nobody sees anything.
 *   <li>No byte is handed out that was not verified against the digest.
 * </ul>
 *
 * <p>Every method is safe for use by several threads and several processes. Failures are {@link
 * dev.tuneline.errors.Problem}s:
 *
 * <ul>
 *   <li>{@code ARTIFACT_MISSING} (ours): the store has no such bytes
 *   <li>{@code ARTIFACT_CORRUPT} (ours): the bytes are not those that were put
 *   <li>{@code ARTIFACT_REF_INVALID} (caller): the reference is malformed or points out of the
 *       store
 *   <li>{@code ARTIFACT_TOO_LARGE} (caller): a bound of the store was reached
 *   <li>{@code ARTIFACT_FOLDER_INVALID} (caller): a folder holds something other than files and
 *       folders
 *   <li>{@code ARTIFACT_SOURCE_UNREADABLE} (ours): the bytes to put could not be read to their end
 *   <li>{@code ARTIFACT_STORE_FULL} (exhausted) and {@code ARTIFACT_STORE_UNAVAILABLE} (ours)
 * </ul>
 */
public interface ArtifactStore {
  /** Media type of a folder's manifest. */
  String FOLDER_MEDIA_TYPE = "application/vnd.tuneline.folder+json";

  /** Stores all bytes up to the end of the stream, which is not closed. */
  ArtifactRef put(InputStream bytes, String mediaType);

  /** Stores the bytes of a file, which is left as it is. */
  default ArtifactRef put(Path file, String mediaType) {
    try (InputStream bytes = Files.newInputStream(file)) {
      return put(bytes, mediaType);
    } catch (IOException e) {
      throw StoreProblems.sourceUnreadable(file.getFileName().toString(), e);
    }
  }

  /**
   * Opens verified bytes. The digest is checked before this returns, so the stream never holds
   * wrong bytes; closing it is the caller's turn.
   */
  InputStream open(ArtifactRef ref);

  /**
   * Verified small content as one array.
   *
   * @param maxBytes the most that the caller is ready to hold; more is {@code ARTIFACT_TOO_LARGE}
   */
  default byte[] bytes(ArtifactRef ref, int maxBytes) {
    if (ref.getSizeBytes() > maxBytes) {
      throw StoreProblems.tooLarge(ref.getSha256(), maxBytes);
    }
    try (InputStream in = open(ref)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A verified local file of the bytes, for readers that need a path (memory maps, native code).
   *
   * <p>It belongs to the store: read it, never write, move or delete it.
   */
  Path localFile(ArtifactRef ref);

  /**
   * Stores every regular file under a folder and a manifest of them. Empty folders, permissions and
   * times are not kept, so equal files give equal references. Symbolic links are refused.
   *
   * @return the manifest's reference, of media type {@link #FOLDER_MEDIA_TYPE}
   */
  ArtifactRef putFolder(Path folder);

  /**
   * A verified local folder with exactly the files of the manifest.
   *
   * <p>It belongs to the store: read it, never write, move or delete anything in it.
   */
  Path localFolder(ArtifactRef ref);

  /** What a stored folder holds, without fetching its files. */
  FolderManifest manifest(ArtifactRef ref);

  /**
   * Removes a folder's manifest, its local view and, of its files, those named; whoever reads it
   * then finds it missing. Equal bytes are stored once, so name only files that nobody else can
   * have put. What has gone already is no problem.
   *
   * @param files paths in the folder
   */
  void removeFolder(ArtifactRef ref, Set<String> files);

  /**
   * Removes bytes; whoever opens them then finds them missing. Equal bytes are stored once, so name
   * only what nobody else can have put. What has gone already is no problem.
   */
  void remove(ArtifactRef ref);

  /** Whether bytes of this lower-case hexadecimal digest are in the store; verifies nothing. */
  boolean has(String sha256);
}
