package dev.tuneline.platform.events;

import java.time.Duration;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that owns one consumer and repeats a cycle with it until it is closed. What passes (a
 * broker away, a rebalance) is logged and the cycle goes on; what does not ends the loop, and
 * {@link #isRunning} says so.
 */
final class PollLoop implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PollLoop.class);
  private static final Duration JOIN = Duration.ofSeconds(30);

  private final String name;
  private final Consumer<byte[], byte[]> consumer;
  private final Runnable cycle;
  private final Runnable end;
  private final Thread thread;
  private volatile boolean closed;
  private volatile boolean running = true;

  /**
   * @param cycle polls once and does what follows from it
   * @param end runs on the loop's thread after its last cycle
   */
  PollLoop(String name, Consumer<byte[], byte[]> consumer, Runnable cycle, Runnable end) {
    this.name = name;
    this.consumer = consumer;
    this.cycle = cycle;
    this.end = end;
    this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Whether it works; false after a failure that does not pass, and after {@link #close}. */
  boolean isRunning() {
    return running && !closed;
  }

  boolean isClosed() {
    return closed;
  }

  private void run() {
    try (consumer) {
      while (!closed) {
        try {
          cycle.run();
        } catch (RetriableException | CommitFailedException | RebalanceInProgressException e) {
          log.warn("{} goes on after: {}", name, e.toString());
        }
      }
    } catch (WakeupException e) {
      log.debug("{} ends", name);
    } catch (RuntimeException e) {
      if (!closed) {
        log.error("{} broke", name, e);
      }
    } finally {
      running = false;
      end.run();
    }
  }

  @Override
  public void close() {
    closed = true;
    consumer.wakeup();
    try {
      thread.join(JOIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
