package dev.tuneline.platform.events;

import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.JobAccepted;
import dev.tuneline.proto.v1.JobCancelled;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobRequested;
import java.time.InstantSource;
import java.util.UUID;

/** A cluster's topics under a namespace of their own, with a publisher. */
final class EventLogFixture implements AutoCloseable {
  final KafkaClients clients;
  final EventPublisher publisher;
  final DeadLetters deadLetters;

  EventLogFixture() {
    clients =
        new KafkaClients(
            TestServers.kafka().bootstrapServers(), "test", "t-" + UUID.randomUUID() + "-");
    clients.ensureTopics((short) 1);
    publisher =
        new EventPublisher(clients, InstantSource.system(), () -> UUID.randomUUID().toString());
    deadLetters = new DeadLetters(clients);
  }

  void request(String jobId) {
    publisher.publish(
        Topics.JOBS,
        JobEvent.newBuilder()
            .setJobId(jobId)
            .setRequested(JobRequested.getDefaultInstance())
            .build());
  }

  void accept(String jobId) {
    publisher.publish(
        Topics.JOBS,
        JobEvent.newBuilder()
            .setJobId(jobId)
            .setAccepted(JobAccepted.getDefaultInstance())
            .build());
  }

  void cancel(String jobId) {
    publisher.publish(
        Topics.JOBS,
        JobEvent.newBuilder()
            .setJobId(jobId)
            .setCancelled(JobCancelled.getDefaultInstance())
            .build());
  }

  @Override
  public void close() {
    publisher.close();
    deadLetters.close();
    clients.close();
  }
}
