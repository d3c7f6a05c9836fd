package dev.tuneline.platform.events;

import static dev.tuneline.platform.events.EventLogFixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WorkLoopIT {
  private static final WorkLoop.Settings QUICK = new WorkLoop.Settings(1, 3, Duration.ofMillis(20));

  private EventLogFixture log;

  @BeforeEach
  void open() {
    log = new EventLogFixture();
  }

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void everyThingIsDoneOnceByOneOfTheMembers() {
    Map<String, Integer> runs = new ConcurrentHashMap<>();
    Accepting step = new Accepting(job -> runs.merge(job.getJobId(), 1, Integer::sum));
    start(step);
    start(step);
    List<String> ids = IntStream.range(0, 40).mapToObj(i -> "job-" + i).toList();

    ids.forEach(log::request);

    ids.forEach(id -> log.awaitState(id, JobState.JOB_STATE_ACCEPTED));
    assertThat(runs.keySet()).containsExactlyInAnyOrderElementsOf(ids);
  }

  @Test
  void whatAStoppedMemberHadBegunIsDoneByTheNext() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    WorkLoop<Job, JobEvent> first =
        start(
            new Accepting(
                _ -> {
                  begun.countDown();
                  never.await();
                }));
    log.request("job");
    assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();

    Thread closing = Thread.ofVirtual().start(first::close);
    start(new Accepting(_ -> {}));

    log.awaitState("job", JobState.JOB_STATE_ACCEPTED);
    never.countDown();
    closing.join();
  }

  @Test
  void workDoneBeforeAStartIsNotDoneAgain() {
    log.request("old");
    log.accept("old");
    Map<String, Integer> runs = new ConcurrentHashMap<>();
    start(new Accepting(job -> runs.merge(job.getJobId(), 1, Integer::sum)));

    log.request("new");

    log.awaitState("new", JobState.JOB_STATE_ACCEPTED);
    assertThat(runs).containsOnlyKeys("new");
  }

  @Test
  void aCallersProblemIsFinalAtOnceAndOursAfterItsTries() {
    Map<String, Integer> runs = new ConcurrentHashMap<>();
    Accepting step =
        new Accepting(
            job -> {
              runs.merge(job.getJobId(), 1, Integer::sum);
              throw job.getJobId().equals("wrong")
                  ? Problem.caller("WRONG", "wrong")
                  : Problem.ours("BROKEN", "broken", null);
            });
    start(step);

    log.request("wrong");
    log.request("broken");

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(step.failures)
                    .containsEntry("wrong", "WRONG")
                    .containsEntry("broken", "BROKEN"));
    assertThat(runs).containsEntry("wrong", 1).containsEntry("broken", 3);
  }

  @Test
  void workThatIsNoLongerWantedIsCancelled() {
    CountDownLatch cancelled = new CountDownLatch(1);
    CountDownLatch begun = new CountDownLatch(1);
    start(
        new Step<>() {
          @Override
          public boolean wants(Job job) {
            return job.getState() == JobState.JOB_STATE_REQUESTED;
          }

          @Override
          public void perform(Job job, Cancellation cancellation) {
            begun.countDown();
            await().atMost(PATIENCE).until(cancellation::isCancelled);
            cancelled.countDown();
          }

          @Override
          public void failed(Job job, Problem problem) {}
        });
    log.request("job");
    await().atMost(PATIENCE).until(() -> begun.getCount() == 0);

    log.cancel("job");

    await().atMost(PATIENCE).until(() -> cancelled.getCount() == 0);
  }

  @Test
  void workThatTakesLongerThanThePollIntervalKeepsItsPartitions() {
    // Long enough for the loop's polls, far too short for whoever polls between two jobs.
    Duration interval = Duration.ofSeconds(1);
    log.close();
    log = new EventLogFixture((int) interval.toMillis());
    CountDownLatch runs = new CountDownLatch(2);
    CountDownLatch cancelled = new CountDownLatch(1);
    start(
        new Accepting(
            _ -> {
              runs.countDown();
              await().during(interval.multipliedBy(3)).atMost(PATIENCE).until(() -> true);
            }) {
          @Override
          public void perform(Job job, Cancellation cancellation) throws Exception {
            super.perform(job, cancellation);
            if (cancellation.isCancelled()) {
              cancelled.countDown();
            }
          }
        });

    log.request("job");

    log.awaitState("job", JobState.JOB_STATE_ACCEPTED);
    assertThat(runs.getCount()).isEqualTo(1);
    assertThat(cancelled.getCount()).isEqualTo(1);
  }

  private WorkLoop<Job, JobEvent> start(Step<Job> step) {
    return log.closing(
        new WorkLoop<>(log.clients, Topics.JOBS, new JobFold(), "worker", step, QUICK));
  }

  /** Accepts every requested job after doing some work. */
  private class Accepting implements Step<Job> {
    private final Work work;
    final Map<String, String> failures = new ConcurrentHashMap<>();

    Accepting(Work work) {
      this.work = work;
    }

    @Override
    public boolean wants(Job job) {
      return job.getState() == JobState.JOB_STATE_REQUESTED
          && !failures.containsKey(job.getJobId());
    }

    @Override
    public void perform(Job job, Cancellation cancellation) throws Exception {
      work.on(job);
      if (!cancellation.isCancelled()) {
        log.accept(job.getJobId());
      }
    }

    @Override
    public void failed(Job job, Problem problem) {
      failures.put(job.getJobId(), problem.reason());
    }
  }

  @FunctionalInterface
  private interface Work {
    void on(Job job) throws Exception;
  }
}
