package dev.tuneline.gateway.answering;

import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.generation.GeneratedToken;
import dev.tuneline.engine.generation.Generator;
import dev.tuneline.engine.generation.Sequence;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes all answers of one base model on one thread: a step over a set of sequences, again and
 * again. Answers join and leave the set between steps, so a short one never waits for a long one;
 * at most {@code maxSequences} are made at once, at most {@code queueLimit} more wait.
 *
 * <p>{@link #turn} is one duty cycle; {@link #start} gives it a thread, tests call it by hand.
 */
public final class EngineLoop implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EngineLoop.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

  private record Computation<T>(Callable<T> work, Runnable after, CompletableFuture<T> result) {
    void run() {
      try {
        if (!result.isDone()) {
          result.complete(work.call());
        }
      } catch (Exception | Error e) {
        result.completeExceptionally(e);
      } finally {
        after.run();
      }
    }

    void drop(Problem problem) {
      result.completeExceptionally(problem);
      after.run();
    }
  }

  private final String name;
  private final Generator generator;
  private final Tokenizer tokenizer;
  private final int maxSequences;
  private final int queueLimit;

  private final Object lock = new Object();
  private final Deque<RunningAnswer> waiting = new ArrayDeque<>(); // guarded by lock
  private final Deque<Computation<?>> computations = new ArrayDeque<>(); // guarded by lock
  private boolean closed; // guarded by lock
  private @Nullable Thread thread;

  // Changed by the loop's thread alone, read by others too.
  private final List<RunningAnswer> running = new CopyOnWriteArrayList<>();
  private volatile long abandoned; // written by the loop's thread

  /**
   * A loop that does nothing yet.
   *
   * @param name for the thread, e.g. the base model's
   */
  public EngineLoop(
      String name, BaseModel model, Tokenizer tokenizer, int maxSequences, int queueLimit) {
    if (maxSequences < 1 || queueLimit < 1) {
      throw new IllegalArgumentException(maxSequences + " sequences, queue of " + queueLimit);
    }
    this.name = name;
    this.generator = new Generator(model);
    this.tokenizer = tokenizer;
    this.maxSequences = maxSequences;
    this.queueLimit = queueLimit;
  }

  /** Runs the loop on a thread of its own until closed. */
  public EngineLoop start() {
    thread = Thread.ofPlatform().daemon().name("tuneline-engine-" + name).start(this::run);
    return this;
  }

  /** One question and who hears its answer. */
  public record Asked(Question question, AnswerListener listener) {}

  /**
   * Puts questions into the queue, all or none; whoever asks keeps their leases until this returns.
   *
   * @return one answer each, in order
   * @throws Problem QUEUE_FULL (exhausted) when they do not fit
   */
  public List<Answer> submit(List<Asked> asked) {
    List<RunningAnswer> answers =
        asked.stream().map(a -> new RunningAnswer(a.question(), a.listener(), this::wake)).toList();
    synchronized (lock) {
      requireOpen();
      if (waiting.size() + answers.size() > queueLimit) {
        throw full(waiting.size());
      }
      waiting.addAll(answers);
      lock.notifyAll();
    }
    return List.copyOf(answers);
  }

  /**
   * Runs work on the loop's thread between two steps.
   *
   * @param after runs once when the work has ended or will never begin; not when this throws
   * @return completes with its result; cancelling it before it begins prevents it
   * @throws Problem QUEUE_FULL (exhausted) when too much is waiting
   */
  public <T> CompletableFuture<T> compute(Callable<T> work, Runnable after) {
    CompletableFuture<T> result = new CompletableFuture<>();
    synchronized (lock) {
      requireOpen();
      if (computations.size() >= queueLimit) {
        throw full(computations.size());
      }
      computations.add(new Computation<>(work, after, result));
      lock.notifyAll();
    }
    return result;
  }

  /** Answers that wait for a place. */
  public int waiting() {
    synchronized (lock) {
      return waiting.size();
    }
  }

  /** Answers, waiting or in the making, that were cancelled and whose place is about to be free. */
  public long unwanted() {
    synchronized (lock) {
      return Stream.concat(waiting.stream(), running.stream())
          .filter(RunningAnswer::cancelled)
          .count();
    }
  }

  /** Answers that were cancelled before their end, since the loop began. */
  public long abandoned() {
    return abandoned;
  }

  /** One duty cycle: leave, join, one piece of other work, one step. */
  void turn() {
    running.stream().filter(RunningAnswer::cancelled).forEach(this::abandon);
    running.removeIf(RunningAnswer::ended);
    admit();
    Computation<?> computation;
    synchronized (lock) {
      computation = computations.poll();
    }
    if (computation != null) {
      computation.run();
    }
    if (!running.isEmpty()) {
      step();
    }
  }

  private void admit() {
    List<RunningAnswer> joining = new ArrayList<>();
    List<RunningAnswer> gone = new ArrayList<>();
    synchronized (lock) {
      waiting.removeIf(answer -> answer.cancelled() && gone.add(answer));
      while (running.size() + joining.size() < maxSequences && !waiting.isEmpty()) {
        joining.add(waiting.poll());
      }
    }
    gone.forEach(this::abandon);
    for (RunningAnswer answer : joining) {
      try {
        answer.begin(generator, tokenizer);
        running.add(answer);
      } catch (RuntimeException | Error e) {
        answer.fail(broken(e));
      }
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
  private void abandon(RunningAnswer answer) {
    answer.abandon();
    abandoned++;
  }

  private void step() {
    Map<Sequence, GeneratedToken> tokens;
    try {
      tokens = generator.step(running.stream().map(RunningAnswer::sequence).toList());
    } catch (RuntimeException | Error e) {
      Problem problem = broken(e);
      running.forEach(answer -> answer.fail(problem));
      running.clear();
      return;
    }
    for (RunningAnswer answer : running) {
      if (answer.cancelled()) {
        continue;
      }
      try {
        answer.accept(tokens.get(answer.sequence()));
      } catch (RuntimeException e) {
        answer.fail(broken(e));
      }
    }
    running.removeIf(RunningAnswer::ended);
  }

  private void run() {
    try {
      while (awaitWork()) {
        turn();
      }
    } finally {
      stop(); // also when a turn broke: nobody may wait for a loop that is gone
    }
  }

  private boolean awaitWork() {
    synchronized (lock) {
      while (!closed && running.isEmpty() && waiting.isEmpty() && computations.isEmpty()) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return false;
        }
      }
      return !closed;
    }
  }

  private void stop() {
    Problem stopping = stopping();
    List<RunningAnswer> left;
    List<Computation<?>> undone;
    synchronized (lock) {
      closed = true;
      left = List.copyOf(waiting);
      undone = List.copyOf(computations);
      waiting.clear();
      computations.clear();
    }
    running.forEach(answer -> answer.fail(stopping));
    running.clear();
    left.forEach(answer -> answer.fail(stopping));
    undone.forEach(computation -> computation.drop(stopping));
  }

  private void wake() {
    synchronized (lock) {
      lock.notifyAll();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw stopping();
    }
  }

  private Problem full(int length) {
    return Problem.exhausted("QUEUE_FULL", length + " requests already wait for base model " + name)
        .mend("try again in a moment, or raise tuneline.gateway.queue-limit");
  }

  private Problem broken(Throwable failure) {
    Problem problem = Problem.from(failure);
    if (problem.fault() == Fault.CALLER) {
      log.debug("{} refuses a question: {}", name, problem.describe());
    } else {
      log.error("the engine loop of {} failed: {}", name, problem.describe(), failure);
    }
    return problem;
  }

  private static Problem stopping() {
    return Problem.ours("GATEWAY_UNAVAILABLE", "the gateway is stopping", null)
        .mend("ask another gateway, or this one when it is back");
  }

  /** Ends the loop; every answer under way fails with GATEWAY_UNAVAILABLE. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    if (thread == null) {
      stop();
      return;
    }
    try {
      if (!thread.join(CLOSE_TIMEOUT)) {
        log.error("the engine loop of {} does not end", name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
