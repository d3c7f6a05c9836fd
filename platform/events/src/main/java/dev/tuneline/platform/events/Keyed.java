package dev.tuneline.platform.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.Message;
import org.apache.kafka.common.utils.Utils;

/**
 * Where a key belongs. Clients of other languages may hash keys differently, so an outside event
 * can stand in a partition where its key's other events are not; such an event is misplaced, is
 * passed over by folds, and is moved by its topic's {@link Doorkeeper}.
 */
public final class Keyed {
  private Keyed() {}

  /** Whether the event stands in the partition that our producers use for its key. */
  public static <M extends Message> boolean inPlace(Topic<M> topic, Event<M> event) {
    return event.position().partition() == partition(topic, topic.key().apply(event.body()));
  }

  /** The partition of a key: murmur2, as Kafka's Java producer does it. */
  static int partition(Topic<?> topic, String key) {
    return Utils.toPositive(Utils.murmur2(key.getBytes(UTF_8))) % topic.partitions();
  }
}
