package dev.tuneline.platform.embedded;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A folder that one server at a time may use. The operating system gives it up when the process
 * ends, however it ends. A broker must hold it before it starts: Kafka itself finds a folder in use
 * only after its threads run, and may then end the whole JVM.
 */
final class FolderLock implements AutoCloseable {
  private final FileChannel channel;

  private FolderLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the folder, which is made if need be.
   *
   * @throws Problem KAFKA_START_FAILED (ours) when another server uses it
   */
  static FolderLock take(Path folder) throws IOException {
    Files.createDirectories(folder);
    FileChannel channel =
        FileChannel.open(
            folder.resolve("in-use.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return new FolderLock(channel);
      }
    } catch (OverlappingFileLockException e) {
      // Another server of this JVM has it.
    }
    channel.close();
    throw Problem.ours("KAFKA_START_FAILED", "another Kafka broker uses the folder", null)
        .at("folder", folder)
        .mend("end the other broker, or choose another folder");
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw Problem.ours("KAFKA_STOP_FAILED", "the broker's folder could not be given up", e);
    }
  }
}
