package dev.tuneline.ingest.growth;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.events.EventCodec;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.Growth;
import dev.tuneline.proto.v1.RowReceived;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the row log for the datasets that grow by themselves, each from its newest cut on. While
 * none grows, or every count is full, nothing is read. Safe for use by several threads.
 */
public final class RowCounts implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RowCounts.class);
  private static final Duration POLL = Duration.ofMillis(200);

  private final Supplier<? extends Collection<Dataset>> datasets;
  private final Consumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions;
  private final ScheduledExecutorService thread;
  private final Map<String, Tally> tallies = new HashMap<>();
  private final Map<String, NewRows> counts = new ConcurrentHashMap<>();

  /**
   * @param datasets all datasets, as far as they are known
   */
  public RowCounts(KafkaClients clients, Supplier<? extends Collection<Dataset>> datasets) {
    this.datasets = datasets;
    this.consumer = clients.plainConsumer();
    this.partitions =
        IntStream.range(0, Topics.ROWS.partitions())
            .mapToObj(partition -> new TopicPartition(clients.topicName(Topics.ROWS), partition))
            .toList();
    consumer.assign(partitions);
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("ingest-row-counts").factory());
    var _ = thread.scheduleWithFixedDelay(this::cycle, 0, POLL.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** What came after a dataset's newest cut; empty while that is not known. */
  public Optional<NewRows> since(Dataset dataset) {
    return Optional.ofNullable(counts.get(dataset.getDatasetId()))
        .filter(count -> count.version() == dataset.getCutVersion());
  }

  static boolean cutsItself(Growth growth) {
    return growth.getCutRows() > 0 || growth.hasCutInterval();
  }

  private void cycle() {
    try {
      follow();
      while (tallies.values().stream().anyMatch(tally -> !tally.isFull())) {
        var records = consumer.poll(POLL);
        records.forEach(this::read);
        publish();
        if (records.isEmpty()) {
          return;
        }
        follow();
      }
    } catch (WakeupException e) {
      log.debug("row counts end");
    } catch (RuntimeException e) {
      log.warn("counting rows goes on after: {}", e.toString());
    }
  }

  /** Makes a tally for each dataset that grows, and goes back to where the new ones begin. */
  private void follow() {
    Set<String> growing = new HashSet<>();
    boolean fresh = false;
    for (Dataset dataset : datasets.get()) {
      if (cutsItself(dataset.getGrowth()) && DatasetFold.takesRows(dataset)) {
        growing.add(dataset.getDatasetId());
        Tally tally = tallies.get(dataset.getDatasetId());
        if (tally == null || !tally.fits(dataset)) {
          tallies.put(dataset.getDatasetId(), new Tally(dataset));
          fresh = true;
        }
      }
    }
    tallies.keySet().retainAll(growing);
    if (fresh) {
      for (TopicPartition partition : partitions) {
        tallies.values().stream()
            .filter(tally -> !tally.isFull())
            .mapToLong(tally -> tally.start(partition.partition()))
            .min()
            .ifPresent(start -> consumer.seek(partition, start));
      }
    }
    publish();
  }

  private void publish() {
    counts.keySet().retainAll(tallies.keySet());
    tallies.forEach((id, tally) -> counts.put(id, tally.newRows()));
  }

  private void read(ConsumerRecord<byte[], byte[]> kafkaRecord) {
    Event<RowReceived> event;
    try {
      event = EventCodec.decode(Topics.ROWS, kafkaRecord);
    } catch (Problem malformed) {
      return; // the topic's doorkeeper puts it into the dead letters
    }
    tallies.values().forEach(tally -> tally.see(event));
  }

  @Override
  public void close() {
    consumer.wakeup();
    thread.shutdown();
    try {
      if (thread.awaitTermination(10, TimeUnit.SECONDS)) {
        consumer.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
