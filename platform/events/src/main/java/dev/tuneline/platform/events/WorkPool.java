package dev.tuneline.platform.events;

import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a step for one thing after another, several at a time and each thing once at a time; what
 * fails is tried again after a pause, at last it is said to have failed. For one thread, which
 * decides what is started; the work runs on others.
 */
final class WorkPool<S> {
  private static final Logger log = LoggerFactory.getLogger(WorkPool.class);

  private final String name;
  private final Step<S> step;
  private final WorkLoop.Settings settings;
  private final ExecutorService workers;
  private final Map<String, Work> running = new HashMap<>();

  // Written by workers too.
  private final Map<String, Retry> retries = new ConcurrentHashMap<>();

  private record Work(Future<?> future, Cancellation cancellation) {}

  private record Retry(int failures, long notBeforeNanos) {}

  /**
   * @param name of the threads and in the log
   */
  WorkPool(String name, Step<S> step, WorkLoop.Settings settings) {
    this.name = name;
    this.step = step;
    this.settings = settings;
    this.workers =
        Executors.newFixedThreadPool(
            settings.concurrency(),
            Thread.ofPlatform().daemon().name(name + "-work-", 0).factory());
  }

  /** Whether there is room for one more. */
  boolean hasRoom() {
    return running.size() < settings.concurrency();
  }

  /** Whether a thing is neither being worked on nor resting after it was. */
  boolean isIdle(String key) {
    return !running.containsKey(key) && !isResting(key);
  }

  /** Starts work; there is room, and the thing is idle. */
  void start(String key, S thing) {
    Cancellation cancellation = new Cancellation();
    Retry retry = retries.get(key);
    int failures = retry == null ? 0 : retry.failures();
    // Unless it fails, work that changes nothing must not spin.
    note(key, failures, settings.backoff());
    Future<?> future = workers.submit(() -> perform(key, thing, cancellation, failures));
    running.put(key, new Work(future, cancellation));
  }

  /** The things whose work has ended since the last call. */
  List<String> reap() {
    retries
        .entrySet()
        .removeIf(entry -> entry.getValue().failures() == 0 && !isResting(entry.getKey()));
    List<String> ended = new ArrayList<>();
    running.forEach(
        (key, work) -> {
          if (work.future().isDone()) {
            ended.add(key);
          }
        });
    ended.forEach(running::remove);
    return ended;
  }

  /** Tells the work on some things to end. */
  void cancelIf(Predicate<String> key) {
    running.forEach(
        (running, work) -> {
          if (key.test(running)) {
            work.cancellation().cancel();
          }
        });
  }

  /** Tells all work to end and takes no more. */
  void shutdown() {
    cancelIf(key -> true);
    workers.shutdown();
  }

  /** Waits half a minute for what was told to end, then interrupts it. */
  void awaitEnd() {
    try {
      if (!workers.awaitTermination(30, TimeUnit.SECONDS)) {
        workers.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isResting(String key) {
    Retry retry = retries.get(key);
    return retry != null && System.nanoTime() - retry.notBeforeNanos() < 0;
  }

  /** Runs on a worker; ends normally whatever happens. */
  private void perform(String key, S thing, Cancellation cancellation, int failures) {
    try {
      step.perform(thing, cancellation);
      note(key, 0, settings.backoff());
    } catch (Exception e) {
      if (cancellation.isCancelled()) {
        log.info("{} {} was cancelled", name, key);
        return;
      }
      Problem problem = Problem.from(e);
      boolean last = problem.fault() == Fault.CALLER || failures + 1 >= settings.attempts();
      if (!last) {
        log.warn("{} {} failed, will retry: {}", name, key, problem.describe(), e);
        note(key, failures + 1, new Backoff(settings.backoff()).after(failures));
        return;
      }
      log.warn("{} {} failed: {}", name, key, problem.describe(), e);
      try {
        step.failed(thing, problem);
      } catch (RuntimeException publishing) {
        log.error("could not publish that {} failed; will retry", key, publishing);
        note(key, failures, Backoff.longest());
      }
    } catch (Error e) {
      log.error("{} {} broke its worker", name, key, e);
      step.failed(thing, Problem.ours("INTERNAL", e.toString(), e));
    }
  }

  private void note(String key, int failures, Duration pause) {
    retries.put(key, new Retry(failures, System.nanoTime() + pause.toNanos()));
  }
}
