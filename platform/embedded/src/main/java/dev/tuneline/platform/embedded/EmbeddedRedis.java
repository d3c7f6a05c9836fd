package dev.tuneline.platform.embedded;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Redis as a child process, reachable from this machine only.
 *
 * <p>It ends with {@link #close} and with an orderly end of this JVM. A kill of the JVM orphans it;
 * the next start over the same folder ends the orphan first. One JVM at a time may use a folder.
 */
public final class EmbeddedRedis implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedRedis.class);
  private static final Duration START_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

  /** What outlives the server. */
  public enum Persistence {
    /** Nothing: a start begins empty. */
    NONE,
    /** Every write, synced to disk once a second. */
    APPEND_ONLY_FILE
  }

  private final Process process;
  private final int port;
  private final RedisFolder folder;
  private final Thread endWithJvm;

  private EmbeddedRedis(Process process, int port, RedisFolder folder) {
    this.process = process;
    this.port = port;
    this.folder = folder;
    this.endWithJvm = new Thread(process::destroy, "redis-end");
  }

  /**
   * Starts Redis over a folder and returns when it answers.
   *
   * @param dataDir made if need be
   * @param port the port to listen on; 0 takes a free one
   * @throws Problem PORT_IN_USE or FOLDER_IN_USE (caller), or REDIS_START_FAILED (ours)
   */
  public static EmbeddedRedis start(Path dataDir, int port, Persistence persistence) {
    long begin = System.nanoTime();
    RedisFolder folder = RedisFolder.lock(dataDir.toAbsolutePath().normalize());
    Process process = null;
    try {
      folder.endOrphan(STOP_TIMEOUT);
      int listen = port == 0 ? Ports.free() : Ports.requireFree(port, "Redis");
      Path config = folder.writeConfig(listen, persistence);
      process =
          new ProcessBuilder(folder.executable().toString(), config.toString())
              .directory(folder.path().toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.logFile().toFile())
              .start();
      RedisPing.await(process, listen, START_TIMEOUT);
      EmbeddedRedis redis = new EmbeddedRedis(process, listen, folder);
      Runtime.getRuntime().addShutdownHook(redis.endWithJvm);
      log.info(
          "embedded Redis on 127.0.0.1:{} after {} ms, data in {}",
          listen,
          (System.nanoTime() - begin) / 1_000_000,
          folder.path());
      return redis;
    } catch (IOException e) {
      abandon(process, folder);
      throw Problem.ours("REDIS_START_FAILED", "the embedded Redis did not start", e)
          .at("log", folder.logFile())
          .mend("read the log file");
    } catch (RuntimeException e) {
      abandon(process, folder);
      throw e;
    }
  }

  /** {@code redis://host:port} for clients. */
  public String uri() {
    return "redis://" + Ports.LOOPBACK + ":" + port;
  }

  /** The port it listens on. */
  public int port() {
    return port;
  }

  /** The operating system's id of the child process. */
  public long pid() {
    return process.pid();
  }

  /**
   * Leaves the end to {@link #close} alone, for an owner that ends its parts in order when the JVM
   * ends.
   */
  public void endOnlyWhenClosed() {
    Runtime.getRuntime().removeShutdownHook(endWithJvm);
  }

  /** Lets Redis write what it holds and end; a second call does nothing. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(endWithJvm);
    } catch (IllegalStateException e) {
      log.debug("the JVM is ending already", e);
    }
    end(process);
    folder.close();
  }

  private static void abandon(
      @org.jspecify.annotations.Nullable Process process, RedisFolder folder) {
    if (process != null) {
      end(process);
    }
    folder.close();
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("Redis {} did not end in {}; killing it", process.pid(), STOP_TIMEOUT);
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
