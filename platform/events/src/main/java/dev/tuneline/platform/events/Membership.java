package dev.tuneline.platform.events;

import dev.tuneline.errors.Problem;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A place in a consumer group that is taken for the group's own sake: Kafka's coordinator hears the
 * members' heartbeats, so it knows who lives. Nothing is read; a member that is killed or hangs is
 * out of the group when its session ends. For one thread, the one that polls the consumer.
 */
final class Membership {
  private static final Logger log = LoggerFactory.getLogger(Membership.class);
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  /** A coordinator that has just moved may not have heard from a living member yet. */
  private static final Duration GONE_AFTER = Duration.ofSeconds(3);

  private final KafkaClients clients;
  private final String group;
  private final Consumer<byte[], byte[]> consumer;
  private final Map<String, Long> absentSince = new HashMap<>();
  private long lookedAt = System.nanoTime() - BETWEEN_LOOKS.toNanos();

  /**
   * @param topic any topic; a group has to have one
   * @param name of this member, unlike any other's
   */
  Membership(KafkaClients clients, Topic<?> topic, String group, String name) {
    this.clients = clients;
    this.group = group;
    this.consumer = clients.groupConsumer(group, name);
    consumer.subscribe(List.of(clients.topicName(topic)), new Unread());
  }

  /** The consumer, to poll and to close. */
  Consumer<byte[], byte[]> consumer() {
    return consumer;
  }

  /** Whether the coordinator has let this member in. */
  boolean isJoined() {
    return consumer.groupMetadata().generationId() > 0;
  }

  /** Those of the names that have been out of the group for a while. */
  Set<String> goneOf(Set<String> names) {
    absentSince.keySet().retainAll(names);
    long now = System.nanoTime();
    if (!names.isEmpty() && now - lookedAt >= BETWEEN_LOOKS.toNanos()) {
      lookedAt = now;
      look(names, now);
    }
    Set<String> gone = new HashSet<>();
    absentSince.forEach(
        (name, since) -> {
          if (now - since >= GONE_AFTER.toNanos()) {
            gone.add(name);
          }
        });
    return gone;
  }

  private void look(Set<String> names, long now) {
    try {
      Set<String> present = clients.groupMembers(group);
      for (String name : names) {
        if (present.contains(name)) {
          absentSince.remove(name);
        } else {
          absentSince.putIfAbsent(name, now);
        }
      }
    } catch (Problem unknown) {
      // Who cannot be seen is not gone for that.
      absentSince.clear();
      log.warn("cannot see who is in {}: {}", group, unknown.describe());
    }
  }

  private final class Unread implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      consumer.pause(partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}
  }
}
