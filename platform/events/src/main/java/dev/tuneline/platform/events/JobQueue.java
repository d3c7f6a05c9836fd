package dev.tuneline.platform.events;

import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobState;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One trainer's place at the queue that all trainers share: does one job at a time, and once it is
 * free takes the first of all that wait, whichever partition that stands in.
 *
 * <p>A job is taken by a claim in the log, so of several trainers that want it the first gets it; a
 * trainer starts once it has read its own claim back and found it to hold. A trainer lives as long
 * as Kafka's coordinator counts it as a member of the group; the job of one that does not is
 * claimed anew under the next number, and what it may still say counts no more. So nothing depends
 * on who is thought to be alive but the time that is lost.
 */
public final class JobQueue implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(JobQueue.class);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration BEHIND = Duration.ofSeconds(30);
  private static final Duration LETTING_GO = Duration.ofSeconds(30);

  /** Tries of all trainers together at a job that gets nowhere. */
  private static final int ATTEMPTS = 5;

  private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(500));

  private record Work(Job job, Future<?> future, Cancellation cancellation) {}

  private final Step<Job> step;
  private final JobClaims claims;
  private final TopicView<Job, JobEvent> jobs;
  private final Membership membership;
  private final ExecutorService worker;
  private final PollLoop loop;
  private final CountDownLatch idle = new CountDownLatch(1);
  private volatile boolean closing;

  // Owned by the polling thread.
  private final Map<String, Long> restUntil = new HashMap<>();
  private boolean current;
  private @Nullable Work work;

  /**
   * A place that is taken at once.
   *
   * @param group the trainers that share the queue, e.g. {@code tuneline-trainer}
   * @param holder the name of this process in claims, unlike any other's or an earlier start's
   * @param step what is done with a job; told to suspend, it stores what is done and returns
   */
  public JobQueue(
      KafkaClients clients, EventPublisher publisher, String group, String holder, Step<Job> step) {
    this.step = step;
    this.claims = new JobClaims(publisher, holder);
    this.jobs = new TopicView<>(clients, Topics.JOBS, new JobFold());
    this.membership = new Membership(clients, Topics.JOBS, group, holder);
    this.worker =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name(group + "-work").factory());
    this.loop = new PollLoop(group, membership.consumer(), this::cycle, this::end);
    loop.start();
  }

  /** Whether it still works; one that broke says why in the log. */
  public boolean isRunning() {
    return loop.isRunning() && jobs.isRunning();
  }

  private void cycle() {
    // Nothing is read: this keeps the membership.
    membership.consumer().poll(POLL);
    try {
      reap();
      Work running = work;
      if (running != null) {
        stopUnwanted(running);
      } else if (closing) {
        idle.countDown();
      } else if (membership.isJoined()) {
        takeNext();
      }
    } catch (Problem problem) {
      log.warn("the queue is looked at again after: {}", problem.describe());
      current = false;
    }
  }

  private void reap() {
    if (work != null && work.future().isDone()) {
      rest(work.job(), BACKOFF.after(work.job().getClaim().getFruitless() - 1));
      work = null;
      current = false;
    }
  }

  private void stopUnwanted(Work running) {
    Optional<Job> now = jobs.get(running.job().getJobId());
    if (now.isEmpty() || !claims.isStillMine(running.job(), now.get())) {
      running.cancellation().cancel();
    } else if (closing || now.get().getState() == JobState.JOB_STATE_PAUSED) {
      running.cancellation().suspend();
    }
  }

  private void takeNext() {
    if (!current) {
      jobs.awaitCurrent(BEHIND);
      current = true;
    }
    List<Job> waiting = jobs.all().stream().filter(step::wants).toList();
    Optional<Job> mine = first(waiting.stream().filter(claims::isMine).toList());
    if (mine.isPresent()) {
      start(mine.get());
      return;
    }
    Set<String> gone = membership.goneOf(holders(waiting));
    first(
            waiting.stream()
                .filter(job -> JobClaims.isFree(job) || gone.contains(job.getClaim().getHolder()))
                .toList())
        .ifPresent(this::claim);
  }

  private Optional<Job> first(Collection<Job> candidates) {
    long now = System.nanoTime();
    restUntil.values().removeIf(until -> now - until >= 0);
    return candidates.stream()
        .filter(job -> !restUntil.containsKey(job.getJobId()))
        .min(JobClaims.ORDER);
  }

  private static Set<String> holders(List<Job> waiting) {
    return waiting.stream()
        .filter(job -> !JobClaims.isFree(job))
        .map(job -> job.getClaim().getHolder())
        .collect(Collectors.toSet());
  }

  private void claim(Job job) {
    claims.claim(job);
    jobs.awaitCurrent(BEHIND);
    jobs.get(job.getJobId())
        .filter(now -> claims.isMine(now) && step.wants(now))
        .ifPresent(this::start);
  }

  private void start(Job job) {
    Cancellation cancellation = new Cancellation();
    work = new Work(job, worker.submit(() -> perform(job, cancellation)), cancellation);
  }

  /** Runs on the worker; ends normally whatever happens. */
  private void perform(Job job, Cancellation cancellation) {
    try {
      if (job.getClaim().getFruitless() > ATTEMPTS) {
        throw Problem.ours(
                "TRAINERS_LOST",
                "%d trainers in turn were lost before they had a checkpoint of the job"
                    .formatted(ATTEMPTS),
                null)
            .mend("look into the trainers' logs; a smaller batch or more memory may help");
      }
      step.perform(job, cancellation);
      if (cancellation.isSuspended() && !cancellation.isCancelled()) {
        claims.release(job);
      }
    } catch (Exception e) {
      if (cancellation.isCancelled()) {
        log.info("job {} was taken from this trainer", job.getJobId());
      } else {
        failed(job, Problem.from(e));
      }
    } catch (Error e) {
      log.error("job {} broke its worker", job.getJobId(), e);
      step.failed(job, Problem.ours("INTERNAL", e.toString(), e));
    }
  }

  private void failed(Job job, Problem problem) {
    log.warn("job {} failed: {}", job.getJobId(), problem.describe(), problem);
    try {
      if (problem.fault() == Fault.CALLER || job.getClaim().getFruitless() >= ATTEMPTS) {
        step.failed(job, problem);
      } else {
        claims.release(job, problem);
      }
    } catch (RuntimeException publishing) {
      log.error("could not publish that job {} failed; it is tried again", job, publishing);
    }
  }

  private void rest(Job job, Duration pause) {
    restUntil.put(job.getJobId(), System.nanoTime() + pause.toNanos());
  }

  private void end() {
    Work running = work;
    if (running != null) {
      running.cancellation().cancel();
    }
    worker.shutdown();
    idle.countDown();
  }

  /**
   * Suspends what is under way, so that another trainer goes on with it at once, and leaves the
   * group.
   */
  @Override
  public void close() {
    closing = true;
    try {
      if (!idle.await(LETTING_GO.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("the job does not come to rest; it is left to its last checkpoint");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    loop.close();
    jobs.close();
  }
}
