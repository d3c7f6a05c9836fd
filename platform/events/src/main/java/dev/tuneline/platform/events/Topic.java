package dev.tuneline.platform.events;

import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Message;
import java.util.function.Function;

/**
 * A Kafka topic and the one message type that its values have.
 *
 * @param name the topic's name without an installation's namespace, e.g. {@code tuneline.jobs.v1}
 * @param prototype the default instance of the value's type
 * @param key the key under which a message is stored; equal keys keep their order
 * @param partitions fixed for the topic's life, since what a partition holds follows from the key
 * @param compacted whether only the newest message of a key need be kept
 */
public record Topic<M extends Message>(
    String name, M prototype, Function<M, String> key, int partitions, boolean compacted) {

  private static final String DEAD_LETTER_SUFFIX = ".dlq";
  private static final String EVENT_ONEOF = "event";

  public Topic {
    if (partitions < 1) {
      throw new IllegalArgumentException("partitions must be positive: " + partitions);
    }
  }

  /** Name of the topic that keeps what could not be read from this one. */
  public String deadLetterName() {
    return name + DEAD_LETTER_SUFFIX;
  }

  /**
   * The CloudEvents type of a message: the full name of the event in its {@code event} oneof, or of
   * the message itself where it has none; empty when the oneof is not set.
   */
  public String typeOf(Message message) {
    for (OneofDescriptor oneof : message.getDescriptorForType().getRealOneofs()) {
      if (oneof.getName().equals(EVENT_ONEOF)) {
        return message.hasOneof(oneof)
            ? message.getOneofFieldDescriptor(oneof).getMessageType().getFullName()
            : "";
      }
    }
    return message.getDescriptorForType().getFullName();
  }
}
