package dev.tuneline.platform.events;

import static org.awaitility.Awaitility.await;

import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobAccepted;
import dev.tuneline.proto.v1.JobCancelled;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobRequested;
import dev.tuneline.proto.v1.JobSharded;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobState;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** A cluster's topics under a namespace of their own, with a publisher and a view of the jobs. */
final class EventLogFixture implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(60);

  final KafkaClients clients;
  final EventPublisher publisher;
  final DeadLetters deadLetters;
  private final List<AutoCloseable> opened = new CopyOnWriteArrayList<>();
  private final TopicView<Job, JobEvent> jobs;

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
    opened.addAll(List.of(clients, deadLetters, publisher));
    jobs = closing(new TopicView<>(clients, Topics.JOBS, new JobFold()));
  }

  /** Closes {@code part} with the fixture, before all that was opened earlier. */
  <T extends AutoCloseable> T closing(T part) {
    opened.add(part);
    return part;
  }

  /** A job as its events have made it; without a state when there are none. */
  Job job(String jobId) {
    return jobs.get(jobId).orElse(Job.getDefaultInstance());
  }

  void awaitState(String jobId, JobState state) {
    await().atMost(PATIENCE).until(() -> job(jobId).getState() == state);
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
    for (AutoCloseable each : opened.reversed()) {
      try {
        each.close();
      } catch (Exception e) {
        throw new AssertionError(each + " does not close", e);
      }
    }
  }
}
