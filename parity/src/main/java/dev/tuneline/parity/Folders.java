package dev.tuneline.parity;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Lists folders in the order of names. */
final class Folders {
  private Folders() {}

  static List<Path> directories(Path folder) {
    return entries(folder).stream().filter(Files::isDirectory).toList();
  }

  static List<Path> files(Path folder) {
    return entries(folder).stream().filter(Files::isRegularFile).toList();
  }

  /** The last name of {@code path}. */
  static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  /** A file of the checked folder that a document names; paths out of the folder are refused. */
  static Path inside(Path root, String path) {
    Path found = root.resolve(path).normalize();
    if (!found.startsWith(root.normalize())) {
      throw Problem.caller("MALFORMED_CASE", path + " leads out of the folder");
    }
    return found;
  }

  private static List<Path> entries(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(e -> !name(e).startsWith(".")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
