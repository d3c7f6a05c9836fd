package dev.tuneline.platform.events;

import com.google.protobuf.Message;
import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does one service's step for every thing whose state calls for it.
 *
 * <p>The group's members share the topic's partitions, so a thing has one owner at a time. An owner
 * replays its partitions from their beginning, folds each key's events to a state, and works on
 * whatever state calls for work: there is no progress to commit and none to lose. After a kill the
 * partition's next owner finds the same state and does what is left. One thread polls throughout,
 * so work may take hours; the work itself runs on other threads.
 */
public final class WorkLoop<S, M extends Message> implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(WorkLoop.class);

  /**
   * How a loop works.
   *
   * @param concurrency things worked on at a time
   * @param attempts tries before a problem that is not the caller's is final
   * @param backoff pause after the first failed try; doubles with each further one
   */
  public record Settings(int concurrency, int attempts, Duration backoff) {
    public Settings {
      if (concurrency < 1 || attempts < 1 || backoff.isNegative()) {
        throw new IllegalArgumentException("settings out of range");
      }
    }

    /** One thing at a time, five tries, half a second of first backoff. */
    public static Settings standard() {
      return new Settings(1, 5, Duration.ofMillis(500));
    }
  }

  private static final Duration POLL = Duration.ofMillis(100);
  private static final long UNKNOWN = -1;

  private final Topic<M> topic;
  private final Fold<S, M> fold;
  private final Step<S> step;
  private final Settings settings;
  private final Consumer<byte[], byte[]> consumer;
  private final ExecutorService workers;
  private final PollLoop loop;

  // Owned by the polling thread.
  private final Map<TopicPartition, Partition> owned = new LinkedHashMap<>();
  private final Map<String, Work> running = new HashMap<>();

  // Written by workers too.
  private final Map<String, Retry> retries = new ConcurrentHashMap<>();

  private final class Partition {
    final Map<String, S> states = new LinkedHashMap<>();

    /** States are current once the position has reached this offset; unknown until asked for. */
    long currentFrom = UNKNOWN;
  }

  private record Work(TopicPartition partition, Future<?> future, Cancellation cancellation) {}

  private record Retry(int failures, long notBeforeNanos) {}

  /**
   * A loop that starts at once.
   *
   * @param group the members that share the work, e.g. {@code tuneline-trainer}
   */
  public WorkLoop(
      KafkaClients clients,
      Topic<M> topic,
      Fold<S, M> fold,
      String group,
      Step<S> step,
      Settings settings) {
    this.topic = topic;
    this.fold = fold;
    this.step = step;
    this.settings = settings;
    this.consumer = clients.groupConsumer(group);
    this.workers =
        Executors.newFixedThreadPool(
            settings.concurrency(),
            Thread.ofPlatform().daemon().name(group + "-work-", 0).factory());
    consumer.subscribe(List.of(clients.topicName(topic)), new Ownership());
    this.loop = new PollLoop(group, consumer, this::cycle, this::end);
    loop.start();
  }

  /** Whether it still works; a loop that broke says why in the log. */
  public boolean isRunning() {
    return loop.isRunning();
  }

  private void cycle() {
    for (ConsumerRecord<byte[], byte[]> kafkaRecord : consumer.poll(POLL)) {
      read(kafkaRecord);
    }
    reap();
    cancelUnwanted();
    start();
  }

  private void end() {
    running.values().forEach(work -> work.cancellation().cancel());
    workers.shutdown();
  }

  private void read(ConsumerRecord<byte[], byte[]> kafkaRecord) {
    Partition partition =
        owned.get(new TopicPartition(kafkaRecord.topic(), kafkaRecord.partition()));
    if (partition == null) {
      return;
    }
    Event<M> event;
    try {
      event = EventCodec.decode(topic, kafkaRecord);
    } catch (Problem malformed) {
      return; // the topic's doorkeeper puts it into the dead letters
    }
    if (!Keyed.inPlace(topic, event)) {
      return;
    }
    String key = topic.key().apply(event.body());
    S next = fold.apply(partition.states.get(key), event);
    if (next == null) {
      partition.states.remove(key);
    } else {
      partition.states.put(key, next);
    }
  }

  /**
   * Takes note of work that has ended and waits for its events before looking at its thing again.
   */
  private void reap() {
    retries
        .entrySet()
        .removeIf(entry -> entry.getValue().failures() == 0 && !resting(entry.getKey()));
    var ended = running.entrySet().iterator();
    while (ended.hasNext()) {
      var entry = ended.next();
      Work work = entry.getValue();
      if (!work.future().isDone()) {
        continue;
      }
      Partition partition = owned.get(work.partition());
      if (partition != null) {
        partition.currentFrom = UNKNOWN;
      }
      ended.remove();
    }
  }

  private void cancelUnwanted() {
    running.forEach(
        (key, work) -> {
          Partition partition = owned.get(work.partition());
          S state = partition == null ? null : partition.states.get(key);
          if (state == null || !step.wants(state)) {
            work.cancellation().cancel();
          }
        });
  }

  private void start() {
    for (var entry : owned.entrySet()) {
      if (!isCurrent(entry.getKey(), entry.getValue())) {
        continue;
      }
      for (var keyed : entry.getValue().states.entrySet()) {
        if (running.size() >= settings.concurrency()) {
          return;
        }
        if (!running.containsKey(keyed.getKey())
            && !resting(keyed.getKey())
            && step.wants(keyed.getValue())) {
          start(entry.getKey(), keyed.getKey(), keyed.getValue());
        }
      }
    }
  }

  /** Whether all that was said before the newest ending or assignment is in the states. */
  private boolean isCurrent(TopicPartition topicPartition, Partition partition) {
    if (partition.currentFrom == UNKNOWN) {
      partition.currentFrom =
          consumer.endOffsets(List.of(topicPartition)).getOrDefault(topicPartition, 0L);
    }
    return consumer.position(topicPartition) >= partition.currentFrom;
  }

  private void start(TopicPartition partition, String key, S state) {
    Cancellation cancellation = new Cancellation();
    Retry retry = retries.get(key);
    int failures = retry == null ? 0 : retry.failures();
    // Unless it fails, work that changes nothing must not spin.
    retries.put(key, new Retry(failures, System.nanoTime() + settings.backoff().toNanos()));
    Future<?> future = workers.submit(() -> perform(key, state, cancellation, failures));
    running.put(key, new Work(partition, future, cancellation));
  }

  private boolean resting(String key) {
    Retry retry = retries.get(key);
    return retry != null && System.nanoTime() - retry.notBeforeNanos() < 0;
  }

  /** Runs on a worker; ends normally whatever happens. */
  private void perform(String key, S state, Cancellation cancellation, int failures) {
    try {
      step.perform(state, cancellation);
      note(key, 0, settings.backoff());
    } catch (Exception e) {
      if (cancellation.isCancelled()) {
        log.info("{} {} was cancelled", topic.name(), key);
        return;
      }
      Problem problem = Problem.from(e);
      boolean last = problem.fault() == Fault.CALLER || failures + 1 >= settings.attempts();
      if (!last) {
        log.warn("{} {} failed, will retry: {}", topic.name(), key, problem.describe(), e);
        note(key, failures + 1, new Backoff(settings.backoff()).after(failures));
        return;
      }
      log.warn("{} {} failed: {}", topic.name(), key, problem.describe(), e);
      try {
        step.failed(state, problem);
      } catch (RuntimeException publishing) {
        log.error("could not publish that {} failed; will retry", key, publishing);
        note(key, failures, Backoff.longest());
      }
    } catch (Error e) {
      log.error("{} {} broke its worker", topic.name(), key, e);
      step.failed(state, Problem.ours("INTERNAL", e.toString(), e));
    }
  }

  private void note(String key, int failures, Duration pause) {
    retries.put(key, new Retry(failures, System.nanoTime() + pause.toNanos()));
  }

  @Override
  public void close() {
    loop.close();
    try {
      if (!workers.awaitTermination(30, TimeUnit.SECONDS)) {
        workers.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * What is owned is replayed from its beginning; what is lost is dropped and its work cancelled.
   */
  private final class Ownership implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      consumer.seekToBeginning(partitions);
      for (TopicPartition partition : partitions) {
        owned.put(partition, new Partition());
      }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      for (TopicPartition partition : partitions) {
        owned.remove(partition);
      }
      running.values().stream()
          .filter(work -> partitions.contains(work.partition()))
          .forEach(work -> work.cancellation().cancel());
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      onPartitionsRevoked(partitions);
    }
  }
}
