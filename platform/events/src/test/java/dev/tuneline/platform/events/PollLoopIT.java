package dev.tuneline.platform.events;

import static dev.tuneline.platform.events.EventLogFixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PollLoopIT {
  private static final Duration POLL = Duration.ofMillis(20);

  private final AtomicInteger cycles = new AtomicInteger();
  private final CountDownLatch ended = new CountDownLatch(1);
  private EventLogFixture log;

  @BeforeEach
  void open() {
    log = new EventLogFixture(1_000);
  }

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void whatPassesDoesNotEndTheLoop() {
    List<RuntimeException> passing =
        List.of(
            new DisconnectException("the broker is away"),
            new RebalanceInProgressException(),
            new CommitFailedException());
    PollLoop loop =
        start(
            log.clients.plainConsumer(),
            () -> {
              if (cycles.getAndIncrement() < passing.size()) {
                throw passing.get(cycles.get() - 1);
              }
            });

    await().atMost(PATIENCE).until(() -> cycles.get() > passing.size());
    assertThat(loop.isRunning()).isTrue();
  }

  @Test
  void aMemberThatWasPutOutOfItsGroupJoinsAgain() {
    Consumer<byte[], byte[]> consumer = log.clients.groupConsumer("slow");
    consumer.subscribe(List.of(log.clients.topicName(Topics.JOBS)));
    AtomicReference<Throwable> refused = new AtomicReference<>();
    AtomicInteger assigned = new AtomicInteger();
    PollLoop loop =
        start(
            consumer,
            () -> {
              consumer.poll(POLL);
              assigned.set(consumer.assignment().size());
              if (refused.get() == null && assigned.get() > 0) {
                // Beyond the poll interval, so the coordinator gives the partitions to others.
                await().atMost(PATIENCE).until(() -> log.clients.groupMembers("slow").isEmpty());
                refused.set(catchThrowable(consumer::commitSync));
                cycles.set(0);
                consumer.commitSync();
              }
              cycles.incrementAndGet();
            });

    await().atMost(PATIENCE).until(() -> refused.get() != null && cycles.get() > 0);
    assertThat(refused.get()).isInstanceOf(CommitFailedException.class);
    await().atMost(PATIENCE).until(() -> assigned.get() == Topics.JOBS.partitions());
    assertThat(loop.isRunning()).isTrue();
  }

  @Test
  void whatDoesNotPassEndsTheLoopAndSaysSo() throws Exception {
    PollLoop loop =
        start(
            log.clients.plainConsumer(),
            () -> {
              cycles.incrementAndGet();
              throw new IllegalStateException("broken");
            });

    assertThat(ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(cycles).hasValue(1);
    assertThat(loop.isRunning()).isFalse();
    assertThat(loop.isClosed()).isFalse();
  }

  @Test
  void closingInterruptsAPollAndEndsOnce() {
    Consumer<byte[], byte[]> consumer = log.clients.groupConsumer("closing");
    consumer.subscribe(List.of(log.clients.topicName(Topics.JOBS)));
    PollLoop loop =
        start(
            consumer,
            () -> {
              cycles.incrementAndGet();
              consumer.poll(PATIENCE);
            });
    await().atMost(PATIENCE).until(() -> cycles.get() > 0);

    loop.close();

    assertThat(ended.getCount()).isZero();
    assertThat(loop.isRunning()).isFalse();
  }

  private PollLoop start(Consumer<byte[], byte[]> consumer, Runnable cycle) {
    PollLoop loop = log.closing(new PollLoop("test", consumer, cycle, ended::countDown));
    loop.start();
    return loop;
  }
}
