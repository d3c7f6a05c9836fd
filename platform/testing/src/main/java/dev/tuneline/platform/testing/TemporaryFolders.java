package dev.tuneline.platform.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes what the servers of a test run leave behind. */
final class TemporaryFolders {
  private static final Logger log = LoggerFactory.getLogger(TemporaryFolders.class);

  private TemporaryFolders() {}

  static void delete(Path folder) {
    try (Stream<Path> found = Files.walk(folder)) {
      List<Path> deepestFirst = found.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      log.debug("{} stays behind", folder, e);
    }
  }
}
