package dev.tuneline.allinone;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The folder that holds all that the process keeps, used by one process at a time. The lock ends
 * with its process, however that ends.
 */
final class DataFolder implements AutoCloseable {
  private final Path path;
  private final FileChannel lock;

  private DataFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /** Makes the folder if need be and takes it. */
  static DataFolder take(Path path) {
    Path lockFile = path.resolve("all-in-one.lock");
    try {
      Files.createDirectories(path);
      FileChannel channel =
          FileChannel.open(
              lockFile,
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      if (tryLock(channel) == null) {
        String holder = Files.readString(lockFile, StandardCharsets.US_ASCII).strip();
        channel.close();
        throw Problem.caller("DATA_FOLDER_IN_USE", "another all-in-one runs on this data folder")
            .at("folder", path)
            .at("pid", holder)
            .mend("stop it, or choose another folder with --data DIR");
      }
      channel.truncate(0);
      String pid = ProcessHandle.current().pid() + "\n";
      channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)));
      return new DataFolder(path, channel);
    } catch (IOException e) {
      throw Problem.caller("DATA_FOLDER_UNUSABLE", "the data folder cannot be used: " + e)
          .at("folder", path)
          .mend("choose a folder that can be written to, with --data DIR");
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /** A part of the folder. */
  Path resolve(String name) {
    return path.resolve(name);
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
