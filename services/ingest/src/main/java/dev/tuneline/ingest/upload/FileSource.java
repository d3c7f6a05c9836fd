package dev.tuneline.ingest.upload;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Files of this machine, below configured folders alone. A path that leaves them, or that has a
 * symbolic link in it, is refused; what is refused is not told apart from what is not there.
 */
public final class FileSource implements Source {
  private static final int BUFFER_BYTES = 256 << 10;

  private final List<Path> roots;
  private final long maxBytes;

  /**
   * @param roots the folders
   * @param maxBytes the largest file
   */
  public FileSource(List<Path> roots, long maxBytes) {
    this.roots = List.copyOf(roots);
    this.maxBytes = maxBytes;
  }

  @Override
  public String scheme() {
    return "file";
  }

  @Override
  public void fetch(URI uri, Consumer<ByteBuffer> bytes) {
    if (uri.getAuthority() != null && !uri.getAuthority().isEmpty()) {
      throw refused();
    }
    try {
      Path file = allowed(uri.getPath());
      if (Files.size(file) > maxBytes) {
        throw Problem.caller("FILE_TOO_LARGE", "the file is larger than " + maxBytes + " bytes")
            .at(Problem.FIELD, "uri")
            .mend("split it, or raise tuneline.ingest.max-upload-bytes");
      }
      try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
          bytes.accept(ByteBuffer.wrap(buffer, 0, n));
        }
      }
    } catch (IOException e) {
      throw refused().causedBy(e);
    }
  }

  /** The file, if it lies below a root and no link leads there. */
  private Path allowed(String path) throws IOException {
    Path asked;
    try {
      asked = Path.of(path);
    } catch (java.nio.file.InvalidPathException e) {
      throw refused().causedBy(e);
    }
    if (!asked.equals(asked.normalize())) {
      throw refused();
    }
    for (Path root : roots) {
      Path absolute = root.toAbsolutePath().normalize();
      if (asked.startsWith(absolute)) {
        Path expected = absolute.toRealPath().resolve(absolute.relativize(asked));
        if (expected.toRealPath().equals(expected)
            && Files.isRegularFile(expected, LinkOption.NOFOLLOW_LINKS)) {
          return expected;
        }
      }
    }
    throw refused();
  }

  private static Problem refused() {
    return Problem.caller("FILE_NOT_FOUND", "there is no file that may be read at this path")
        .at(Problem.FIELD, "uri")
        .mend("name a file, not a link, below a folder of tuneline.ingest.import-roots");
  }
}
