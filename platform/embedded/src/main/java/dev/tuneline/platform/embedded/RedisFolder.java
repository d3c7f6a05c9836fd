package dev.tuneline.platform.embedded;

import dev.tuneline.errors.Problem;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.embedded.core.ExecutableProvider;

/**
 * The folder of an embedded Redis, held by one JVM at a time.
 *
 * <p>The lock ends with the JVM that holds it, however that ends. Whoever gets it knows therefore
 * that a server named in the pid file has lost its parent.
 */
final class RedisFolder implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RedisFolder.class);

  // Redis writes its pid file at once when it starts; a later process of the same id is another.
  private static final Duration PID_FILE_DELAY = Duration.ofSeconds(30);

  private final Path path;
  private final FileChannel lock;

  private RedisFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  static RedisFolder lock(Path path) {
    FileChannel channel = null;
    try {
      Files.createDirectories(path);
      channel =
          FileChannel.open(
              path.resolve("redis.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (tryLock(channel) != null) {
        return new RedisFolder(path, channel);
      }
      channel.close();
      throw Problem.caller("FOLDER_IN_USE", "another process runs Redis over this folder")
          .at("folder", path)
          .mend("stop it, or choose another folder");
    } catch (IOException e) {
      throw Problem.ours("REDIS_START_FAILED", "cannot use the folder for Redis", e)
          .at("folder", path);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  Path path() {
    return path;
  }

  Path logFile() {
    return path.resolve("redis.log");
  }

  private Path pidFile() {
    return path.resolve("redis.pid");
  }

  /** The server's program, unpacked once a folder. */
  Path executable() throws IOException {
    Path program = path.resolve("bin").resolve("redis-server");
    if (!Files.isExecutable(program)) {
      Files.createDirectories(path.resolve("bin"));
      File unpacked = ExecutableProvider.newJarResourceProvider().get();
      Path complete = path.resolve("bin").resolve("redis-server.new");
      Files.copy(unpacked.toPath(), complete, StandardCopyOption.REPLACE_EXISTING);
      if (!complete.toFile().setExecutable(true)) {
        throw new IOException("cannot make " + complete + " executable");
      }
      Files.move(complete, program, StandardCopyOption.ATOMIC_MOVE);
    }
    return program;
  }

  Path writeConfig(int port, EmbeddedRedis.Persistence persistence) throws IOException {
    String appendOnly =
        switch (persistence) {
          case NONE -> "no";
          case APPEND_ONLY_FILE -> "yes";
        };
    String config =
        """
        bind %s
        port %d
        protected-mode yes
        daemonize no
        dir "%s"
        pidfile "%s"
        save ""
        appendonly %s
        appendfsync everysec
        """
            .formatted(Ports.LOOPBACK, port, path, pidFile(), appendOnly);
    return Files.writeString(path.resolve("redis.conf"), config);
  }

  /** Ends the server that a killed JVM left behind, if there is one. */
  void endOrphan(Duration timeout) throws IOException {
    if (!Files.exists(pidFile())) {
      return;
    }
    ProcessHandle orphan = orphan(Files.readString(pidFile()).strip());
    if (orphan != null) {
      log.info("ending Redis {} that a killed process left behind", orphan.pid());
      if (!endsWithin(timeout, orphan, orphan.destroy())) {
        endsWithin(timeout, orphan, orphan.destroyForcibly());
      }
    }
    Files.deleteIfExists(pidFile());
  }

  private @Nullable ProcessHandle orphan(String pid) throws IOException {
    if (!pid.matches("[0-9]{1,18}")) {
      return null;
    }
    ProcessHandle process = ProcessHandle.of(Long.parseLong(pid)).orElse(null);
    if (process == null) {
      return null;
    }
    Instant written = Files.getLastModifiedTime(pidFile()).toInstant();
    Instant started = process.info().startInstant().orElse(Instant.MAX);
    boolean same =
        process.info().command().orElse("").equals(path.resolve("bin/redis-server").toString())
            && started.isBefore(written.plus(PID_FILE_DELAY))
            && started.isAfter(written.minus(PID_FILE_DELAY));
    return same ? process : null;
  }

  private static boolean endsWithin(Duration timeout, ProcessHandle process, boolean asked) {
    try {
      process.onExit().orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS).join();
      return true;
    } catch (CompletionException e) {
      log.warn("Redis {} did not end in {} (asked: {})", process.pid(), timeout, asked);
      return false;
    }
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      log.warn("could not release {}", path, e);
    }
  }
}
