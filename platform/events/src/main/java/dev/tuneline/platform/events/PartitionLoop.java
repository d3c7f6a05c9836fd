package dev.tuneline.platform.events;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.TopicPartition;

/**
 * Does one service's step for stretches of a topic's partitions, which the group's members share:
 * what is to be done with a partition is its owner's. The loop reads no record itself.
 *
 * <p>Where a {@link WorkLoop} shares out the things of a topic, this shares out the log that one
 * thing needs read, so several members work on one thing at a time. Ownership saves double work and
 * decides nothing: a member that loses a partition ends what it has begun, as long as it is wanted,
 * and both outcomes are the same.
 */
public final class PartitionLoop<S> implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);

  private final Consumer<byte[], byte[]> consumer;
  private final IntFunction<Map<String, S>> wanted;
  private final WorkPool<S> pool;
  private final PollLoop loop;

  // Owned by the polling thread.
  private final Set<Integer> owned = new TreeSet<>();
  private final Map<String, Integer> places = new HashMap<>();

  /**
   * A loop that starts at once.
   *
   * @param topic whose partitions are shared
   * @param wanted what is to be done with a partition now, by keys that differ over all partitions;
   *     called often and by one thread
   */
  public PartitionLoop(
      KafkaClients clients,
      Topic<?> topic,
      String group,
      IntFunction<Map<String, S>> wanted,
      Step<S> step,
      WorkLoop.Settings settings) {
    this.wanted = wanted;
    this.consumer = clients.groupConsumer(group);
    this.pool = new WorkPool<>(group, step, settings);
    consumer.subscribe(List.of(clients.topicName(topic)), new Ownership());
    this.loop = new PollLoop(group, consumer, this::cycle, pool::shutdown);
    loop.start();
  }

  /** Whether it still works; a loop that broke says why in the log. */
  public boolean isRunning() {
    return loop.isRunning();
  }

  private void cycle() {
    consumer.poll(POLL);
    pool.reap().forEach(places::remove);
    Set<Integer> looked = new HashSet<>(owned);
    looked.addAll(places.values());
    Set<String> keys = new HashSet<>();
    for (int partition : looked) {
      Map<String, S> things = wanted.apply(partition);
      keys.addAll(things.keySet());
      if (owned.contains(partition)) {
        start(partition, things);
      }
    }
    pool.cancelIf(key -> !keys.contains(key));
  }

  private void start(int partition, Map<String, S> things) {
    things.forEach(
        (key, thing) -> {
          if (pool.hasRoom() && pool.isIdle(key)) {
            places.put(key, partition);
            pool.start(key, thing);
          }
        });
  }

  @Override
  public void close() {
    loop.close();
    pool.awaitEnd();
  }

  private final class Ownership implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      consumer.pause(partitions);
      partitions.forEach(partition -> owned.add(partition.partition()));
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      partitions.forEach(partition -> owned.remove(partition.partition()));
    }
  }
}
