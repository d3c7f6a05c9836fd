package dev.tuneline.platform.events;

import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.JobAccepted;
import dev.tuneline.proto.v1.JobCancelled;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobRequested;
import dev.tuneline.proto.v1.JobSharded;
import dev.tuneline.proto.v1.JobSpec;
import java.time.InstantSource;
import java.util.UUID;

/** A cluster's topics under a namespace of their own, with a publisher. */
final class EventLogFixture implements AutoCloseable {
  final KafkaClients clients;
  final EventPublisher publisher;
  final DeadLetters deadLetters;

  EventLogFixture() {
    this(300_000);
  }

  /**
   * @param maxPollIntervalMs after which a group's member that does not poll loses its partitions
   */
  EventLogFixture(int maxPollIntervalMs) {
    clients =
        new KafkaClients(
            TestServers.kafka().bootstrapServers(),
            "test",
            "t-" + UUID.randomUUID() + "-",
            new KafkaClients.Patience(8_000, maxPollIntervalMs));
    clients.ensureTopics((short) 1);
    publisher =
        new EventPublisher(clients, InstantSource.system(), () -> UUID.randomUUID().toString());
    deadLetters = new DeadLetters(clients);
  }

  void request(String jobId) {
    say(jobId, JobEvent.newBuilder().setRequested(JobRequested.getDefaultInstance()));
  }

  void accept(String jobId) {
    say(jobId, JobEvent.newBuilder().setAccepted(JobAccepted.getDefaultInstance()));
  }

  void cancel(String jobId) {
    say(jobId, JobEvent.newBuilder().setCancelled(JobCancelled.getDefaultInstance()));
  }

  /** Puts a job into the log that waits for a trainer. */
  void queue(String jobId, int priority) {
    JobSpec.Builder spec = JobSpec.newBuilder().setPriority(priority);
    say(jobId, JobEvent.newBuilder().setRequested(JobRequested.newBuilder().setSpec(spec)));
    say(jobId, JobEvent.newBuilder().setAccepted(JobAccepted.newBuilder().setSpec(spec)));
    say(jobId, JobEvent.newBuilder().setSharded(JobSharded.getDefaultInstance()));
  }

  void say(String jobId, JobEvent.Builder event) {
    publisher.publish(Topics.JOBS, event.setJobId(jobId).build());
  }

  @Override
  public void close() {
    publisher.close();
    deadLetters.close();
    clients.close();
  }
}
